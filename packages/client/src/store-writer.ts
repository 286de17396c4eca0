import {
  type Clock,
  type Cursor,
  type DocumentId,
  type Lineage,
  TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { merge } from '@tidemark/updates/merge'
import {
  editsGatherMs,
  entriesGatherMs,
  recordBytesMin,
  recordBytesRatio,
  recordsMax,
  replacementsMax,
  storeRetryMsMax,
  storeRetryMsMin,
} from './limits.ts'
import { foldRecords } from './outbox-record.ts'
import type {
  CursorMove,
  Incarnation,
  KeyedUpdate,
  NewAside,
  OutboxMark,
  OutboxRecord,
  ReplicaChange,
  ReplicaStore,
  StoredUpdate,
  Written,
} from './store/replica-store.ts'
import { storeError } from './store/store-error.ts'

export interface StoreWriterDeps {
  readonly document: DocumentId
  readonly store: ReplicaStore
  readonly clock: Clock
  lineage(): Lineage | null
  cursor(): Cursor | null
  /** The whole document as it is now, own edits included. May throw: Yjs failed. */
  state(): StoredUpdate
  /** The outbox. */
  unsent(): readonly OutboxRecord[]
  /** Edits are in the store that were not there before. */
  storedEdits(): void
  /** What `edits` and `error` say has changed. */
  changed(): void
  report(error: TidemarkError): void
}

export interface Replacement {
  readonly rebuilt: boolean
  readonly aside: NewAside | null
}

/** Brings one document's changes to the store. */
export interface StoreWriter {
  /** Own edits that are not in the store yet. */
  readonly hasUnstored: boolean
  /** Why the last write failed; null when it did not. */
  readonly error: TidemarkError | null
  /** Of what the store held when it was read or written to last; null before. */
  readonly incarnation: Incarnation | null
  /** What `load` found. The document in memory contains `updates`. */
  loaded(incarnation: Incarnation, updates: readonly KeyedUpdate[]): void
  /** The store has lost what it held: it is given everything anew. */
  wiped(): void
  edited(edit: OutboxRecord): void
  /** Own edits left the outbox, and moved the cursor when `move` is given. */
  acked(marks: readonly OutboxMark[], updates: readonly Uint8Array[], move: CursorMove | null): void
  received(updates: readonly Uint8Array[], move: CursorMove | null): void
  /** Data and cursor can only be stored together, as a whole. */
  whole(): void
  /** The document is another one. `dropped`: own edits that are not part of it, null when all are. */
  replaced(replacement: Replacement, dropped: readonly OutboxMark[] | null): void
  /** The page may end soon: waits for nothing from now on, or again. */
  hurry(isHurried: boolean): void
  /** Resolves when all that was given has been tried once. */
  flush(): Promise<void>
  /** No more. What was not flushed is not stored. */
  stop(): void
}

interface Pending {
  edits: OutboxRecord[]
  readonly acked: Map<string, number>
  readonly updates: Uint8Array[]
  move: { after: Cursor | null; cursor: Cursor } | null
}

/**
 * Gathers for a few milliseconds, then writes one transaction; the next begins when it is over.
 *
 *     edit, entries, acks ──▶ pending ──timer, hurry──▶ in flight ──▶ stored
 *                                ▲                         │ failed
 *                                └── own edits stay; all ──┘
 *                                    else becomes "whole"
 *
 * After a failure, or a gap, the cursor is stored only with the whole document beside it. [C1]
 */
export function createStoreWriter(deps: StoreWriterDeps): StoreWriter {
  const { clock, store, document } = deps
  let pending = nothing()
  /** Own edits on their way. */
  let flying: readonly OutboxRecord[] = []
  let isFlying = false
  let wholeDue = false
  /** One at a time, the oldest first: it takes what the store holds along, which must not get among another's. */
  let replacements: readonly Replacement[] = []
  let error: TidemarkError | null = null
  let isHurried = false
  let isStopped = false
  let retryMs = storeRetryMsMin
  /** Counts replacements: what was on its way before one belongs to the replica that went. */
  let epoch = 0
  let timer: { cancel: Unsubscribe; delayMs: number } | null = null
  let flushed: (() => void)[] = []
  let incarnation: Incarnation | null = null
  /** Records that the document in memory contains. */
  let keys: number[] = []
  /** Of the largest of them, and of all others. */
  let stateBytes = 0
  let keyBytes = 0

  const isDue = (): boolean => {
    const { edits, acked, updates, move } = pending
    return (
      wholeDue || replacements.length > 0 || move !== null || edits.length + acked.size + updates.length > 0
    )
  }

  function schedule(delayMs: number): void {
    if (isFlying || isStopped) return
    if (error !== null && timer) return
    if (timer && timer.delayMs <= delayMs) return
    timer?.cancel()
    if (isHurried) return write()
    timer = { delayMs, cancel: clock.after(delayMs, write) }
  }

  function write(): void {
    timer?.cancel()
    timer = null
    if (isFlying || isStopped) return
    if (!isDue()) return settle()
    const batch = pending
    const replacing = replacements[0] ?? null
    const before = { epoch, keys }
    const change = makeChange(batch, replacing)
    pending = nothing()
    replacements = replacements.slice(1)
    wholeDue = false
    isFlying = true
    flying = batch.edits
    // Wrapped: this may run within the app's edit, and a store that throws would throw into it.
    new Promise<Written>((resolve) => resolve(store.write(document, change))).then(
      (written) => {
        if (written.outcome === 'wiped') lost(replacing)
        else succeeded(change, written, before.keys)
      },
      (cause: unknown) => {
        failed(batch, replacing, before.epoch, cause)
      },
    )
  }

  function makeChange(
    { edits, acked, updates, move }: Pending,
    replacing: Replacement | null,
  ): ReplicaChange {
    const lineage = deps.lineage()
    const marks = [...acked].map(([tab, through]) => ({ tab, through }))
    const folded = foldRecords(edits, (merged) => merged)
    const own = { lineage, incarnation, edits: folded, acked: marks }
    const cursor = deps.cursor()
    const state = wholeDue || replacing || isCompactionDue() ? tryState() : null
    if (replacing && state && lineage !== null && cursor)
      return { kind: 'replace', ...own, lineage, ...replacing, state, cursor }
    if (state) return { kind: 'whole', ...own, state, contained: keys, cursor }
    return { kind: 'append', ...own, updates: mergeStored(updates), move: wholeDue ? null : move }
  }

  /** A document that Yjs cannot encode any more is being rebuilt; until then own edits alone are stored. */
  function tryState(): StoredUpdate | null {
    try {
      return deps.state()
    } catch {
      return null
    }
  }

  /** What counts is how much would be folded into the largest record: one alone is as good as it gets. */
  function hold(added: readonly number[], updates: readonly StoredUpdate[]): void {
    keys = [...keys, ...added]
    const bytes = stateBytes + keyBytes + bytesOf(updates)
    stateBytes = Math.max(stateBytes, ...updates.map(({ update }) => update.length))
    keyBytes = bytes - stateBytes
  }

  function isCompactionDue(): boolean {
    return keys.length > recordsMax || keyBytes > Math.max(recordBytesMin, stateBytes * recordBytesRatio)
  }

  function succeeded(change: ReplicaChange, written: Written, contained: readonly number[]): void {
    const { outcome, keys: added } = written
    incarnation = written.incarnation
    answered()
    if (change.kind === 'append') {
      hold(added, change.updates)
    } else if (outcome !== 'other-lineage') {
      keys = [...added, ...keys.filter((key) => !contained.includes(key))]
      keyBytes = 0
      stateBytes = change.state.update.length
    }
    if (outcome === 'gap') {
      sometimes('the device holds another cursor than this tab has moved on from')
      wholeDue = true
    }
    if (outcome === 'other-lineage') refused(change)
    else if (change.edits.length > 0) deps.storedEdits()
    deps.changed()
    settle()
  }

  function lost(replacing: Replacement | null): void {
    answered()
    if (replacing) replacements = [replacing, ...replacements]
    wiped()
    settle()
  }

  /** The outbox holds all that waited to be stored, and all that was. */
  function wiped(): void {
    sometimes('the device was wiped under a page')
    incarnation = null
    keys = []
    stateBytes = 0
    keyBytes = 0
    wholeDue = true
    pending = { ...nothing(), edits: [...deps.unsent()] }
    schedule(editsGatherMs)
    deps.changed()
  }

  function failed(batch: Pending, replacing: Replacement | null, batchEpoch: number, cause: unknown): void {
    landed()
    sometimes('a write to the device fails')
    if (batchEpoch === epoch) keep(batch.edits, batch.acked)
    if (replacing) replacements = [replacing, ...replacements]
    wholeDue = true
    const isNews = error === null
    error = storeError(cause)
    if (isNews) deps.report(error)
    deps.changed()
    settle()
  }

  /** Another tab has replaced the replica by one of another history; this tab will find out from the relay. */
  function refused({ edits, acked }: ReplicaChange): void {
    keep(edits, new Map(acked.map(({ tab, through }) => [tab, through])))
    wholeDue = true
    error = new TidemarkError('document/other-lineage', 'the device holds another history of this document')
  }

  /** Own edits and what was acknowledged are written again; all else will be part of the whole. */
  function keep(edits: readonly OutboxRecord[], marks: ReadonlyMap<string, number>): void {
    const acked = new Map([...marks, ...pending.acked])
    const unacked = [...edits, ...pending.edits].filter(({ tab, number }) => number > (acked.get(tab) ?? 0))
    pending = { edits: unacked, acked, updates: [], move: null }
  }

  function forget(dropped: readonly OutboxMark[]): void {
    epoch++
    pending = { ...nothing(), acked: new Map(dropped.map(({ tab, through }) => [tab, through])) }
  }

  function landed(): void {
    isFlying = false
    flying = []
  }

  /** A storage that says that it was wiped works, as one that says that all is written. */
  function answered(): void {
    landed()
    retryMs = storeRetryMsMin
    error = null
  }

  /** What comes after a write: the next at once for those who wait, later otherwise. */
  function settle(): void {
    if (flushed.length > 0 && isDue() && error === null && !isStopped) {
      sometimes('what came during the last write is stored before a document is closed')
      return write()
    }
    const waiting = flushed
    flushed = []
    for (const resolve of waiting) resolve()
    if (!isDue() || isStopped) return
    if (error === null) return schedule(pending.edits.length > 0 ? editsGatherMs : entriesGatherMs)
    timer ??= { delayMs: retryMs, cancel: clock.after(retryMs, write) }
    retryMs = Math.min(storeRetryMsMax, retryMs * 2)
  }

  function add(updates: readonly Uint8Array[], move: CursorMove | null): void {
    // The whole will hold them.
    if (wholeDue || replacements.length > 0) {
      sometimes('what was received is stored as a part of the whole')
      return
    }
    pending.updates.push(...updates)
    if (move) pending.move = { after: pending.move ? pending.move.after : move.after, cursor: move.cursor }
  }

  return {
    get hasUnstored() {
      return pending.edits.length + flying.length > 0
    },
    get error() {
      return error
    },
    get incarnation() {
      return incarnation
    },
    loaded(found, updates) {
      incarnation = found
      const fresh = updates.filter(({ key }) => !keys.includes(key))
      hold(
        fresh.map(({ key }) => key),
        fresh,
      )
    },
    wiped,
    edited(edit) {
      pending.edits.push(edit)
      schedule(editsGatherMs)
    },
    acked(marks, updates, move) {
      for (const { tab, through } of marks) {
        pending.acked.set(tab, through)
        pending.edits = pending.edits.filter((edit) => edit.tab !== tab || edit.number > through)
      }
      add(updates, move)
      schedule(entriesGatherMs)
    },
    received(updates, move) {
      add(updates, move)
      schedule(entriesGatherMs)
    },
    whole() {
      wholeDue = true
      schedule(entriesGatherMs)
    },
    replaced(next, dropped) {
      replacements = queued(replacements, next)
      if (dropped) forget(dropped)
      error = null
      timer?.cancel()
      timer = null
      schedule(0)
    },
    hurry(hurried) {
      isHurried = hurried
      if (isHurried && isDue()) {
        sometimes('a page that is hidden stores at once')
        write()
      }
    },
    flush() {
      const done = new Promise<void>((resolve) => flushed.push(resolve))
      if (!isFlying) write()
      return done
    },
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}

/** Beyond the limit one in the middle goes: the oldest is where the store's data belong, the newest what was just said. */
function queued(waiting: readonly Replacement[], next: Replacement): Replacement[] {
  const [oldest, ...later] = waiting
  return oldest ? [oldest, ...[...later, next].slice(1 - replacementsMax)] : [next]
}

function nothing(): Pending {
  return { edits: [], acked: new Map(), updates: [], move: null }
}

/** One record for all: what is stored is read again as a whole anyway. The bytes are made our own. */
function mergeStored(updates: readonly Uint8Array[]): StoredUpdate[] {
  return updates.length === 0 ? [] : [{ update: merge(updates).slice(), version: 1 }]
}

function bytesOf(updates: readonly StoredUpdate[]): number {
  return updates.reduce((bytes, { update }) => bytes + update.length, 0)
}
