import {
  assert,
  type Check,
  type Clock,
  type DocumentId,
  type Lineage,
  type RandomBytes,
  type Seq,
  type TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { UpdateLog } from '@tidemark/log'
import { encodeStateVector, inspect } from '@tidemark/updates'
import { Appender, type Durable, type PushOutcome } from './appender.ts'
import { type Attached, asTidemarkError, type Ended, endedBy, halted, refusedRetryMs } from './attached.ts'
import type { AuthorWay } from './author.ts'
import { Commit } from './commit.ts'
import type { CompactionMoment, CompactionQueue } from './compaction.ts'
import { DocumentPresence } from './document-presence.ts'
import type { RelayEvent } from './events.ts'
import type { InFlightItem } from './in-flight.ts'
import { Inquiries } from './inquiries.ts'
import { pageBytesMax, type RelayLimits } from './limits.ts'
import { newLineage, provenLineage } from './lineage.ts'
import type { DocumentLoader, LoadedDocument } from './loading.ts'
import type { ReplayWork } from './replay-work.ts'
import type { SnapshotCache } from './snapshot-cache.ts'
import type { TailEntry } from './tail.ts'
import type { Flushable, Turn } from './turn.ts'

export interface DocumentDeps {
  readonly id: DocumentId
  readonly channel: number
  readonly log: UpdateLog
  readonly loader: DocumentLoader
  readonly snapshots: SnapshotCache
  readonly clock: Clock
  readonly turn: Turn
  readonly randomBytes: RandomBytes
  readonly limits: RelayLimits
  readonly replay: ReplayWork
  readonly compactions: CompactionQueue
  readonly onEvent: (event: RelayEvent) => void
  /** The log failed: nothing may be acknowledged any more. */
  readonly onFailed: (error: TidemarkError) => void
  /** Entries became durable. */
  readonly onAppended: (entries: number) => void
  /** Nobody needs the document in memory any more. */
  readonly onEvicted: () => void
}

type Phase =
  | { readonly kind: 'loading' }
  | OpenPhase
  /** An append failed. Reading goes on from what was committed, while the log is asked for its state. */
  | {
      readonly kind: 'recovering'
      readonly loaded: LoadedDocument
      readonly appender: Appender
      readonly refusal: Ended
    }
  | { readonly kind: 'halted'; readonly ended: Ended }
  | { readonly kind: 'evicted' }

interface OpenPhase {
  readonly kind: 'open'
  readonly loaded: LoadedDocument
  readonly appender: Appender
}

/**
 * One document of the relay: where its log ends, what has been admitted, and who is attached. It holds no content but a
 * tail of recent entries, and no Yjs document.
 *
 *                     an append failed
 *     loading ──▶ open ───────────────▶ recovering ──▶ open
 *        │          │    the stored document is damaged: halted for a while, then evicted
 *        │          └──▶ evicted, when idle
 *        └──▶ evicted, when the log has no such document and nobody may make it
 *
 * Acks and fan-out are made from what the log committed and from nothing else: at the end of a turn everything that
 * became durable in it goes out, in order.
 */
export class Document implements Flushable {
  due = false
  readonly #deps: DocumentDeps
  #phase: Phase = { kind: 'loading' }
  readonly #attached = new Set<Attached>()
  /** Those to be told when the document is open, and whether they may make it. */
  readonly #waiting = new Map<Attached, boolean>()
  /** What waits until the document has recovered: at most two for each session. */
  #unknowing: (() => void)[] = []
  #commit: Commit<Attached> | null = null
  readonly presence: DocumentPresence
  #cancelEviction: Unsubscribe | null = null
  #cancelQuiet: Unsubscribe | null = null
  /** What takes an answer of the log or of the replayer. */
  readonly inquiries: Inquiries

  constructor(deps: DocumentDeps) {
    this.#deps = deps
    this.presence = new DocumentPresence({
      channel: deps.channel,
      clock: deps.clock,
      limits: deps.limits,
      attached: this.#attached,
      writerOf: (id) => this.loaded.held.owners.get(id),
      onDue: () => deps.turn.document(this),
    })
    this.inquiries = new Inquiries({ ...deps, document: this })
  }

  get id(): DocumentId {
    return this.#deps.id
  }

  get channel(): number {
    return this.#deps.channel
  }

  get sessions(): number {
    return this.#attached.size + this.#waiting.size
  }

  /** Nothing is on its way into the log, and nothing that came out of it waits for the end of the turn. */
  get isQuiet(): boolean {
    return this.#commit === null && (this.#phase.kind !== 'open' || this.#phase.appender.isEmpty)
  }

  get inFlightBytes(): number {
    return this.#phase.kind === 'open' ? this.#phase.appender.bytes : 0
  }

  get tailBytes(): number {
    return this.#phase.kind === 'open' ? this.#phase.loaded.tail.bytes : 0
  }

  /** Begins to read the document's state. Called once. */
  start(): void {
    this.#load(this.#deps.loader.load(this.id))
  }

  // Sessions come and go.

  /** `mayCreate`: the session may write, so an unknown document is made for it. */
  attach(session: Attached, mayCreate: boolean): void {
    if (this.#cancelEviction) sometimes('a document is opened that was about to leave memory')
    this.#cancelEviction?.()
    this.#cancelEviction = null
    switch (this.#phase.kind) {
      case 'open':
        this.#attached.add(session)
        if (session.forgetsPresence) this.presence.startRenewing()
        return session.documentOpened()
      case 'recovering':
        sometimes('a session waits until the log has been asked for its state')
        this.#waiting.set(session, mayCreate)
        return
      case 'loading':
        if (this.#waiting.size > 0) sometimes('several sessions wait for one document to be loaded')
        // The log reads it while the rest is being decoded.
        if (session.beginsWithSnapshot) this.inquiries.prepareSnapshot()
        this.#waiting.set(session, mayCreate)
        return
      case 'halted':
        return session.documentEnded(this.#phase.ended)
      case 'evicted':
        return assert(false, 'a document that left memory was opened')
    }
  }

  detach(session: Attached): void {
    this.#waiting.delete(session)
    if (this.#attached.delete(session)) this.presence.removeAllOf(session)
    this.#considerEviction()
  }

  // Reading. All of it is of what the log has committed.

  get isServing(): boolean {
    return this.#phase.kind === 'open' || this.#phase.kind === 'recovering'
  }

  /** Only while it is serving. */
  get loaded(): LoadedDocument {
    return this.#active.loaded
  }

  get lineage(): Lineage {
    return this.loaded.lineage
  }

  get head(): Seq {
    return this.loaded.head
  }

  get check(): Check {
    return this.loaded.check
  }

  /** What the log has let go of may still be in memory. */
  get floor(): Seq {
    const { floor, tail } = this.loaded
    return Math.min(floor, tail.start)
  }

  /** Of what has been admitted, committed or not: an update within it has no gap. */
  stateVector(): Uint8Array {
    return encodeStateVector(this.loaded.held.known)
  }

  /** Whether `stateVector` says more than the log has by now. */
  get isAhead(): boolean {
    return !this.#active.appender.isEmpty
  }

  /**
   * Calls `run` when memory says what the log has: at once, or when the document has recovered. Until then what is known
   * includes what the log did not take. Never, when the document ends instead.
   */
  onceKnown(run: () => void): void {
    if (this.#active.kind === 'open') return run()
    sometimes('what the log has is asked for while nobody knows')
    this.#unknowing.push(run)
  }

  /** A page of recent entries after `seq`, or null when they are no longer in memory. */
  recent(seq: Seq): readonly TailEntry[] | null {
    const { tail } = this.loaded
    return tail.covers(seq) ? tail.after(seq, pageBytesMax(this.#deps.limits)) : null
  }

  /** Calls `run` once everything that was pushed before is durable, or has failed. */
  afterInFlight(run: () => void): void {
    this.#active.appender.afterInFlight(run)
  }

  // Writing.

  /** Judges one update and, if it is admitted, appends it. `session` is told by `committed` or `refused`. */
  push(session: Attached, batch: number, update: Uint8Array, way: AuthorWay): PushOutcome {
    const phase = this.#active
    if (phase.kind === 'recovering') {
      sometimes('something is pushed while the log is asked for its state')
      return { kind: 'refused', refusal: phase.refusal }
    }
    return phase.appender.push(session, batch, update, way)
  }

  /** Whether `update` says anything that has not been admitted, be it acceptable or not. */
  addsTo(update: Uint8Array): boolean {
    return inspect(update, this.loaded.held.known).kind !== 'duplicate'
  }

  #durable(item: Durable): void {
    this.#commit ??= new Commit(this.channel)
    this.#deps.turn.document(this)
    if (item.kind === 'append') this.#commit.add(item.author, item.batch, item)
    else this.#commit.repeat(item.author, item.batch, this.check)
  }

  // The end of a turn.

  flush(): void {
    this.#flushCommit()
    this.presence.flush()
    this.#considerEviction()
  }

  #flushCommit(): void {
    const commit = this.#commit
    this.#commit = null
    if (commit === null) return
    if (commit.runs.length > 1) sometimes('one turn makes durable what several have written')
    for (const session of this.#attached) session.committed(commit)
    if (commit.last < commit.first) return
    this.#deps.onAppended(commit.last - commit.first + 1)
    this.#considerCompaction('busy')
    this.#compactWhenQuiet(commit.last)
  }

  // Loading.

  #load(loading: Promise<LoadedDocument | null>): void {
    loading.then(
      (loaded) => {
        // Work that began before the document last left memory has found damage meanwhile.
        if (this.#phase.kind !== 'loading') return
        if (loaded) this.#open(loaded)
        else this.#decideUnknown()
      },
      (error: unknown) => this.failed(asTidemarkError(error)),
    )
  }

  /** The log has no such document: those who may not make it are told so. */
  #decideUnknown(): void {
    const { log, loader, randomBytes, onEvent } = this.#deps
    // Also of those who may only read: a cursor proves the same whoever shows it.
    const cursors = Array.from(this.#waiting.keys(), ({ cursor }) => cursor)
    for (const [session, mayCreate] of this.#waiting) {
      if (mayCreate) continue
      this.#waiting.delete(session)
      session.documentEnded(unknownDocument)
    }
    const [creator] = this.#waiting.keys()
    if (!creator) return this.#evict()
    if (cursors.some((cursor) => cursor !== null))
      sometimes('somebody has read a document that the log does not know')
    const proven = provenLineage(this.id, cursors, (cursor) => log.issued(cursor))
    onEvent({ type: 'document-created', document: this.id, principal: creator.principal })
    this.#load(loader.create(this.id, proven ?? newLineage(this.id, randomBytes)))
  }

  #open(loaded: LoadedDocument): void {
    const { id, log, clock, limits } = this.#deps
    const appender = new Appender({
      id,
      log,
      clock,
      limits,
      mayAnnounce: (principal, client) => this.presence.mayAnnounce(principal, client),
      loaded,
      onDurable: (item) => this.#durable(item),
      onFailed: (failure, dropped) => this.#appendFailed(failure, dropped),
      onAnswered: () => this.#recover(),
    })
    this.#phase = { kind: 'open', loaded, appender }
    this.inquiries.snapshotKnown(loaded.snapshotSeq)
    const waiting = [...this.#waiting.keys()]
    this.#waiting.clear()
    for (const session of waiting) this.#attached.add(session)
    if (waiting.some((session) => session.forgetsPresence)) this.presence.startRenewing()
    for (const session of waiting) {
      // One of them may have ended another.
      if (this.#attached.has(session)) session.documentOpened()
    }
    loaded.tail.limit(limits.tailBytesMax)
    // What an earlier run left behind may never be written to again.
    this.#compactWhenQuiet(loaded.head)
    this.#considerEviction()
  }

  // Failing.

  #appendFailed(failure: TidemarkError, dropped: readonly InFlightItem<Attached>[]): void {
    const phase = this.#phase
    if (phase.kind !== 'open') return
    const { onEvent } = this.#deps
    if (failure.code === 'log/full')
      onEvent({ type: 'log-full', document: this.id, message: failure.message })
    if (failure.code === 'log/failed' || failure.code === 'log/corrupt') return this.failed(failure)
    const refusal = endedBy(failure, refusedRetryMs)
    this.#phase = { ...phase, kind: 'recovering', refusal }
    for (const item of dropped) {
      if (item.kind === 'append') item.author.refused(item.batch, item.update.length, refusal)
      else if (item.kind === 'repeat') item.author.refused(item.batch, 0, refusal)
      // Whoever waits asks for what is durable, and gets what is.
      else item.run()
    }
    for (const session of [...this.#attached]) session.admittedInVain(refusal)
  }

  #recover(): void {
    const phase = this.#phase
    if (phase.kind !== 'recovering') return
    this.#deps.loader.load(this.id).then(
      (loaded) => {
        if (this.#phase === phase) this.#recovered(phase.loaded, phase.refusal, loaded)
      },
      (error: unknown) => this.failed(asTidemarkError(error)),
    )
  }

  #recovered(before: LoadedDocument, { code }: Ended, loaded: LoadedDocument | null): void {
    if (loaded === null || loaded.head !== before.head || loaded.check !== before.check) {
      // Somebody else wrote, or the log was replaced: sessions come back with their cursors, which tell what to do.
      return this.#giveUp(writtenByAnother)
    }
    this.#open(loaded)
    this.#deps.onEvent({ type: 'document-recovered', document: this.id, code, head: loaded.head })
    for (const session of [...this.#attached]) session.recovered()
    for (const run of this.#unknowing.splice(0)) run()
  }

  /** The log could not be read or made, or what it stores is damaged: whoever found it. */
  failed(failure: TidemarkError): void {
    const { onFailed, onEvent, limits } = this.#deps
    const { code, message } = failure
    if (code === 'log/failed') return onFailed(failure)
    if (this.#phase.kind === 'halted' || this.#phase.kind === 'evicted') return
    if (code === 'log/full') onEvent({ type: 'log-full', document: this.id, message })
    if (code !== 'log/corrupt') return this.#giveUp(endedBy(failure, refusedRetryMs))
    onEvent({ type: 'document-halted', document: this.id, message })
    this.#giveUp(halted(limits.haltedRetryMs))
  }

  /** Serves nobody for a while; after it, whoever opens the document asks the log again. */
  #giveUp(ended: Ended): void {
    if (this.#phase.kind === 'halted' || this.#phase.kind === 'evicted') return
    if (this.#phase.kind === 'open') this.#phase.appender.stop()
    this.#phase = { kind: 'halted', ended }
    this.#commit = null
    this.#unknowing = []
    const sessions = [...this.#attached, ...this.#waiting.keys()]
    this.#attached.clear()
    this.#waiting.clear()
    for (const session of sessions) session.documentEnded(ended)
    this.#deps.clock.after(ended.retryAfterMs ?? this.#deps.limits.haltedRetryMs, () => this.#evict())
  }

  // Leaving memory.

  #considerEviction(): void {
    if (this.#cancelEviction || !this.#isIdle()) return
    this.#cancelEviction = this.#deps.clock.after(this.#deps.limits.evictAfterMs, () => {
      this.#cancelEviction = null
      if (!this.#isIdle()) return
      sometimes('a document leaves memory')
      this.#considerCompaction('evicted')
      this.#evict()
    })
  }

  #isIdle(): boolean {
    return this.#phase.kind === 'open' && this.sessions === 0 && this.isQuiet
  }

  #evict(): void {
    this.inquiries.forgetSnapshot()
    this.#cancelQuiet?.()
    this.presence.stop()
    this.#phase = { kind: 'evicted' }
    this.#deps.onEvicted()
  }

  /** One timer, however much is written: it looks back at what it saw when it was set. */
  #compactWhenQuiet(head: Seq): void {
    this.#cancelQuiet ??= this.#deps.clock.after(this.#deps.limits.compactQuietMs, () => {
      this.#cancelQuiet = null
      if (this.#phase.kind !== 'open') return
      if (this.#phase.loaded.head === head) this.#considerCompaction('quiet')
      else this.#compactWhenQuiet(this.#phase.loaded.head)
    })
  }

  #considerCompaction(moment: CompactionMoment): void {
    if (this.#phase.kind !== 'open') return
    const { loaded } = this.#phase
    this.#deps.compactions.consider(
      { id: this.id, loaded, onCompacted: () => this.inquiries.forgetSnapshot() },
      moment,
    )
  }

  get #active(): Phase & { kind: 'open' | 'recovering' } {
    const phase = this.#phase
    assert(
      phase.kind === 'open' || phase.kind === 'recovering',
      'the document is in no phase for this',
      phase.kind,
    )
    return phase
  }
}

const unknownDocument: Ended = {
  code: 'document/unknown',
  message: 'there is no such document',
  retryAfterMs: null,
}

const writtenByAnother: Ended = {
  code: 'log/conflict',
  message: 'the log was written by another',
  retryAfterMs: 200,
}
