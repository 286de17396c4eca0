import type { Clock, DocumentId, Lineage, Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { adoptLooks, lookMs, pagesMax } from './limits.ts'
import type { Incarnation, OutboxRecord, ReplicaStore, StoredOutbox } from './store/replica-store.ts'

export interface StoreWatchDeps {
  readonly document: DocumentId
  /** Whose edits are never news. */
  readonly tab: string
  readonly clock: Clock
  readonly store: Pick<ReplicaStore, 'loadOutbox'>
  /** The relay can be reached: a page that lives sends its own edits. */
  isLive(): boolean
  hasUnsent(): boolean
  lineage(): Lineage | null
  incarnation(): Incarnation | null
  /** Tells the other pages that this one lives and has edits that are not sent. */
  tell(): void
  /** Edits of other pages, to be shown and sent by this one. */
  adopt(records: readonly OutboxRecord[], incarnation: Incarnation): void
  /** The store has met a relay and this replica has not: only all that it holds fits together. */
  reload(): void
  wiped(): void
}

export interface StoreWatch {
  /** Those of the store's outbox that are not known here; they are, from now on. */
  news(records: readonly OutboxRecord[]): readonly OutboxRecord[]
  /** Begins to look, once the device has been read. */
  start(): void
  /** Another page has told of itself. */
  heard(tab: string): void
  stop(): void
}

/**
 * Looks at the device for edits that another page of this browser stored and does not send: it was closed, killed,
 * frozen. Whoever lives adopts them. [SIB1]
 *
 *     every lookMs ──────────────▶ own edits unsent? tell the other pages
 *          │                              │ heard
 *          ▼                              ▼ no relay: look at once
 *     what pages left that were not heard of for adoptLooks looks; without a relay, what all did ──▶ adopt
 *
 * What is told may be lost: then two pages send the same edit, which is harmless [R5]. Without a relay the edits of the
 * others are wanted for what they show.
 */
export function createStoreWatch(deps: StoreWatchDeps): StoreWatch {
  const { clock, document, store, tab } = deps
  /** Of each tab, the number up to which its edits are known. */
  const known = new Map([[tab, Number.MAX_SAFE_INTEGER]])
  /** The look at which a tab was heard of, or something new of it was seen first. */
  let heard = new Map<string, number>()
  let looks = 0
  let isLooking = false
  let isOver = false
  let cancel: Unsubscribe | null = null

  function tick(): void {
    cancel = clock.after(lookMs, tick)
    if (deps.hasUnsent()) deps.tell()
    looks++
    look()
  }

  function look(): void {
    if (isLooking) return
    isLooking = true
    const incarnation = deps.incarnation()
    store
      .loadOutbox(document, known)
      .then(
        (found) => saw(found, incarnation),
        // Whoever writes or reads tells of it.
        () => {},
      )
      .finally(() => (isLooking = false))
  }

  function saw(found: StoredOutbox | null, incarnation: Incarnation | null): void {
    if (isOver) return
    if (incarnation !== null && found?.incarnation !== incarnation) return deps.wiped()
    if (!found) return
    const lineage = deps.lineage()
    const orphans = orphansOf(found.outbox)
    // Others may already have sent the edits of this page into that history: they must not get into another. [LIN2]
    if (lineage === null && found.lineage !== null) deps.reload()
    // Of another history nothing fits: this page will find out from the relay. What has met no relay fits to any.
    else if (orphans.length > 0 && (found.lineage ?? lineage) === lineage) take(orphans, found.incarnation)
  }

  /** Whoever has nothing new in the store is forgotten: seen first when there is something again. */
  function orphansOf(records: readonly OutboxRecord[]): readonly OutboxRecord[] {
    const before = heard
    heard = new Map()
    return records.filter(isNews).filter(({ tab: author }) => {
      const since = before.get(author) ?? looks
      heard.set(author, since)
      return !deps.isLive() || looks - since >= adoptLooks
    })
  }

  function take(orphans: readonly OutboxRecord[], incarnation: Incarnation): void {
    sometimes('edits of another page are adopted')
    deps.adopt(news(orphans), incarnation)
  }

  function isNews({ tab: author, number }: OutboxRecord): boolean {
    return number > (known.get(author) ?? 0)
  }

  function news(records: readonly OutboxRecord[]): readonly OutboxRecord[] {
    const fresh = records.filter(isNews)
    for (const { tab: author, number } of fresh) known.set(author, number)
    return fresh
  }

  return {
    news,
    start() {
      cancel ??= clock.after(lookMs, tick)
    },
    heard(author) {
      if (heard.size < pagesMax) heard.set(author, looks)
      if (cancel && !deps.isLive()) look()
    },
    stop() {
      isOver = true
      cancel?.()
    },
  }
}
