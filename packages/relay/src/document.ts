import {
  assert,
  type Check,
  type Clock,
  type Cursor,
  type DocumentId,
  type ErrorCode,
  type Lineage,
  type Principal,
  type RandomBytes,
  type Seq,
  TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import type { Receipt, Snapshot, UpdateLog } from '@tidemark/log'
import type { Verified } from '@tidemark/protocol'
import { encodeStateVector, inspect, learn } from '@tidemark/updates'
import { admit } from './admission.ts'
import { type AuthorWay, formatAuthor } from './author.ts'
import { equalBytes } from './bytes.ts'
import { Commit } from './commit.ts'
import type { CompactionQueue } from './compaction.ts'
import type { RelayEvent } from './events.ts'
import { type Appending, InFlight, type InFlightItem } from './in-flight.ts'
import type { RelayLimits } from './limits.ts'
import { createDocument, type LoadedDocument, loadDocument } from './loading.ts'
import { claim } from './owners.ts'
import { Presence } from './presence.ts'
import { PresenceChange } from './presence-change.ts'
import type { Difference, ReplayWork } from './replay-work.ts'
import type { TailEntry } from './tail.ts'
import type { Flushable, Turn } from './turn.ts'

/** Why a session ends, in the words of `closed`. */
export interface Ended {
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

/** A session, as its document sees it. It may detach itself, or others of its connection, in any of these calls. */
export interface Attached {
  readonly principal: Principal
  /** The document is in memory and can be read and appended to. Called once, or never when it ends before. */
  documentOpened(): void
  /** The document cannot serve this session any longer. It is detached already. */
  documentEnded(ended: Ended): void
  /** Something became durable. */
  committed(commit: Commit<Attached>): void
  /** A push that was admitted could not be appended. */
  refused(batch: number, bytes: number, ended: Ended): void
  presenceChanged(change: PresenceChange): void
}

export type PushOutcome =
  /** Taken: an ack or a refusal follows. `bytes` count against the window until then. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'gap'; readonly stateVector: Uint8Array }
  | { readonly kind: 'refused'; readonly refusal: Ended }

export interface DocumentDeps {
  readonly id: DocumentId
  readonly channel: number
  readonly log: UpdateLog
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
  | { readonly kind: 'loading'; readonly create: boolean }
  /** The log has no such document. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'open'; readonly loaded: LoadedDocument; readonly inFlight: InFlight<Attached> }
  /** An append failed: waits for the log to answer the others, then reads its state again. */
  | {
      readonly kind: 'recovering'
      readonly before: LoadedDocument
      readonly inFlight: InFlight<Attached>
      readonly refusal: Ended
    }
  | { readonly kind: 'halted'; readonly ended: Ended }
  | { readonly kind: 'evicted' }

const conflictRetryMs = 200
const fullRetryMs = 5_000

/**
 * One document of the relay: where its log ends, what has been admitted, and who is attached. It holds no content but a
 * tail of recent entries, and no Yjs document.
 *
 *     loading ──▶ absent ──▶ loading, with create     (when somebody may write)
 *        │
 *        ▼        an append failed
 *      open ─────────────────────▶ recovering ──▶ open
 *        │        stored bytes are damaged             halted, for a while; then evicted
 *        └──▶ evicted, when idle
 *
 * Acks and fan-out are made from what the log committed and from nothing else: `committed` moves the head, and the flush
 * at the end of the turn hands out everything that was committed in it, in order.
 */
export class Document implements Flushable {
  due = false
  readonly #deps: DocumentDeps
  #phase: Phase = { kind: 'loading', create: false }
  readonly #attached = new Set<Attached>()
  /** Those to be told when the phase is `open`. */
  #waiting = new Map<Attached, boolean>()
  #commit: Commit<Attached> | null = null
  readonly #presence: Presence<Attached>
  #cancelEviction: Unsubscribe | null = null
  #snapshot: { readonly body: Promise<Snapshot | null>; readonly cancel: Unsubscribe } | null = null

  constructor(deps: DocumentDeps) {
    this.#deps = deps
    this.#presence = new Presence(deps.clock)
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

  /** Bytes that wait for the log. */
  get inFlightBytes(): number {
    return this.#phase.kind === 'open' ? this.#phase.inFlight.bytes : 0
  }

  get isQuiet(): boolean {
    return this.#commit === null && (this.#phase.kind !== 'open' || this.#phase.inFlight.isEmpty)
  }

  get tailBytes(): number {
    return this.#phase.kind === 'open' ? this.#phase.loaded.tail.bytes : 0
  }

  /** Begins to read the document's state. Called once. */
  start(): void {
    this.#load(false)
  }

  // Sessions come and go.

  /** `mayCreate`: the session may write, so an unknown document is made. */
  attach(session: Attached, mayCreate: boolean): void {
    this.#cancelEviction?.()
    this.#cancelEviction = null
    const phase = this.#phase
    switch (phase.kind) {
      case 'open':
        this.#attached.add(session)
        session.documentOpened()
        return
      case 'loading':
      case 'recovering':
        this.#waiting.set(session, mayCreate)
        return
      case 'absent':
        this.#waiting.set(session, mayCreate)
        this.#decideAbsent()
        return
      case 'halted':
        session.documentEnded(phase.ended)
        return
      case 'evicted':
        return assert(false, 'a document that left memory was opened')
    }
  }

  detach(session: Attached): void {
    this.#waiting.delete(session)
    if (!this.#attached.delete(session)) return this.#considerEviction()
    for (const id of [...this.#presence.ids()]) this.#presence.remove(session, id)
    this.#deps.turn.document(this)
    this.#considerEviction()
  }

  // Reading. All of it is of what the log has committed.

  get lineage(): Lineage {
    return this.#opened().loaded.lineage
  }

  get head(): Seq {
    return this.#opened().loaded.head
  }

  get check(): Check {
    return this.#opened().loaded.check
  }

  get floor(): Seq {
    return this.#opened().loaded.floor
  }

  /** What has been admitted, whether committed or not: an update within it has no gap. */
  stateVector(): Uint8Array {
    return encodeStateVector(this.#opened().loaded.held.known)
  }

  issued(cursor: Cursor): boolean {
    return this.#deps.log.issued(cursor)
  }

  /** The check at `seq`, at once when it is in memory, else when the log has answered; null when nobody knows it. */
  checkAt(seq: Seq, then: (check: Check | null) => void): void {
    const { loaded } = this.#opened()
    if (seq > loaded.head) return then(null)
    const check = loaded.tail.checkAt(seq)
    if (check !== undefined) return then(check)
    this.#ask(this.#deps.log.checkAt(this.id, seq), then)
  }

  /** Recent entries after `seq`, or null when they are no longer in memory. */
  recent(seq: Seq): readonly TailEntry[] | null {
    const { tail } = this.#opened().loaded
    return tail.covers(seq) ? tail.after(seq, this.#deps.limits.readBytes) : null
  }

  /** Entries after `seq` from the log; null when they are gone by now, replaced by a snapshot. */
  read(seq: Seq, then: (entries: readonly TailEntry[] | null) => void): void {
    const page = this.#deps.log.read(this.id, seq, this.#deps.limits.readBytes)
    const orGone = page.catch((error: unknown) => {
      if (error instanceof RangeError) return null
      throw error
    })
    this.#ask(orGone, then)
  }

  /** The latest snapshot; the same bytes for all who ask within a while. null: entries begin at seq 1. */
  snapshot(then: (snapshot: Snapshot | null) => void): void {
    this.#snapshot ??= this.#readSnapshot()
    this.#ask(this.#snapshot.body, then)
  }

  /**
   * What a replica with this state vector lacks, once everything that was pushed before is durable. Rejections (too
   * much to do, a document that Yjs cannot load) come as `Ended`.
   */
  difference(
    stateVector: Uint8Array,
    encoding: Difference['encoding'],
    then: (difference: Difference | Ended) => void,
  ): void {
    this.#afterInFlight(() => {
      this.#askReplay(this.#deps.replay.difference(this, stateVector, encoding), then)
    })
  }

  /** Compares content digests at `seq`; `unknown` when the document at that seq is out of reach. */
  verify(seq: Seq, claimed: Uint8Array, then: (outcome: Verified['outcome']) => void): void {
    const { head, snapshotSeq } = this.#opened().loaded
    if (seq > head || seq < snapshotSeq) return then('unknown')
    this.#askReplay(this.#deps.replay.digest(this, seq), (digest) => {
      if (!(digest instanceof Uint8Array)) then('unknown')
      else then(equalBytes(digest, claimed) ? 'equal' : 'different')
    })
  }

  // Writing.

  /** Judges and, when it is admitted, appends one update. `session` is told by `committed` or `refused`. */
  push(session: Attached, batch: number, update: Uint8Array, way: AuthorWay): PushOutcome {
    const phase = this.#phase
    switch (phase.kind) {
      case 'open':
        return this.#pushOpen(phase, session, batch, update, way)
      case 'recovering':
        return { kind: 'refused', refusal: phase.refusal }
      case 'halted':
        return { kind: 'refused', refusal: phase.ended }
      case 'loading':
      case 'absent':
      case 'evicted':
        return assert(false, `a push to a document that is ${phase.kind}`) as never
    }
  }

  /** Whether `update` says anything that was not admitted before, be it acceptable or not. */
  addsTo(update: Uint8Array): boolean {
    return inspect(update, this.#opened().loaded.held.known).kind !== 'duplicate'
  }

  #pushOpen(
    phase: Phase & { kind: 'open' },
    session: Attached,
    batch: number,
    update: Uint8Array,
    way: AuthorWay,
  ): PushOutcome {
    const { loaded, inFlight } = phase
    if (inFlight.bytes + update.length > this.#deps.limits.inFlightBytesMax && !inFlight.isEmpty) {
      return { kind: 'refused', refusal: overloaded }
    }
    const author = { principal: session.principal, way }
    const admission = admit(update, loaded.held, author, this.#deps.limits)
    switch (admission.kind) {
      case 'gap':
        return { kind: 'gap', stateVector: encodeStateVector(loaded.held.known) }
      case 'refused':
        return { kind: 'refused', refusal: { ...admission, retryAfterMs: null } }
      case 'duplicate':
        inFlight.repeat(session, batch)
        this.#settle(phase)
        return { kind: 'taken', bytes: 0 }
      case 'append':
        learn(loaded.held.known, admission.inspection)
        claim(loaded.held.owners, admission.inspection.adds, author)
        this.#append(
          phase,
          inFlight.append(session, batch, admission.update),
          formatAuthor(session.principal, way),
        )
        return { kind: 'taken', bytes: admission.update.length }
    }
  }

  #append(phase: Phase & { kind: 'open' }, item: Appending<Attached>, author: string): void {
    const { log, clock } = this.#deps
    const entry = { update: item.update, author, timeMs: clock.now() }
    const append = { lineage: phase.loaded.lineage, after: item.seq - 1, entries: [entry] }
    log.append(this.id, append).then(
      (receipt) => this.#appended(phase, item, receipt),
      (error: unknown) => this.#appendFailed(phase, item, error),
    )
  }

  #appended(phase: Phase & { kind: 'open' }, item: Appending<Attached>, receipt: Receipt): void {
    const check = receipt.checks[0]
    assert(receipt.head === item.seq && check !== undefined, 'a receipt for other entries than were appended')
    phase.inFlight.committed(item, check)
    if (this.#phase === phase) this.#settle(phase)
    else this.#recoverWhenAnswered()
  }

  /** Moves what is durable, and has nothing before it that is not, into this turn's commit. */
  #settle(phase: Phase & { kind: 'open' }): void {
    for (let item = phase.inFlight.shift(); item !== null; item = phase.inFlight.shift()) {
      this.#takeDurable(phase.loaded, item)
    }
    if (phase.inFlight.isEmpty) this.#considerEviction()
  }

  #takeDurable(loaded: LoadedDocument, item: InFlightItem<Attached>): void {
    switch (item.kind) {
      case 'append': {
        const { seq, update } = item
        const entry = { seq, update, check: item.check as Check }
        loaded.head = seq
        loaded.check = entry.check
        loaded.tail.push(entry)
        loaded.bytesSinceSnapshot += update.length
        this.#currentCommit().add(item.author, item.batch, entry)
        return
      }
      case 'repeat':
        this.#currentCommit().repeat(item.author, item.batch, loaded.check)
        return
      case 'wait':
        return item.run()
    }
  }

  #currentCommit(): Commit<Attached> {
    this.#commit ??= new Commit(this.channel)
    this.#deps.turn.document(this)
    return this.#commit
  }

  /** Runs at once when nothing is on its way into the log. */
  #afterInFlight(run: () => void): void {
    const phase = this.#opened()
    phase.inFlight.wait(run)
    this.#settle(phase)
  }

  // The end of a turn.

  flush(): void {
    const commit = this.#commit
    this.#commit = null
    if (commit) {
      if (commit.last >= commit.first) this.#deps.onAppended(commit.last - commit.first + 1)
      for (const session of this.#attached) session.committed(commit)
      this.#considerCompaction(this.#deps.limits.compactEntriesMax)
    }
    this.#flushPresence()
    this.#considerEviction()
  }

  // Presence.

  /** Sets `session`'s state under `id`, empty to remove it. False when the id is another principal's. */
  setPresence(session: Attached, id: number, state: Uint8Array): boolean {
    const owner = this.#presence.ownerOf(id)
    if (owner !== undefined && owner !== session && owner.principal !== session.principal) return false
    this.#presence.set(session, id, state)
    this.#deps.turn.document(this)
    return true
  }

  presenceOwner(id: number): Attached | undefined {
    return this.#presence.ownerOf(id)
  }

  /** Removes `id` if it is `session`'s. */
  removePresence(session: Attached, id: number): void {
    this.#presence.remove(session, id)
    this.#deps.turn.document(this)
  }

  /** The present state of `ids`; by default of all who are there. */
  presence(ids: Iterable<number> = this.#presence.ids()): PresenceChange {
    return new PresenceChange(this.channel, this.#presence.states(ids))
  }

  get participants(): number {
    return this.#presence.size
  }

  #flushPresence(): void {
    const changed = this.#presence.takeChanged()
    if (changed.size === 0) return
    const change = this.presence(changed)
    for (const session of this.#attached) session.presenceChanged(change)
  }

  // Loading, failing, leaving.

  #load(create: boolean): void {
    const { log, limits } = this.#deps
    this.#phase = { kind: 'loading', create }
    const loading = create
      ? createDocument(log, this.id, newLineage(this.#deps.randomBytes), limits)
      : loadDocument(log, this.id, limits)
    loading.then(
      (loaded) => this.#loaded(loaded),
      (error: unknown) => this.#readFailed(error),
    )
  }

  #loaded(loaded: LoadedDocument | null): void {
    if (this.#phase.kind !== 'loading') return
    if (loaded) return this.#open(loaded)
    this.#phase = { kind: 'absent' }
    this.#decideAbsent()
  }

  #open(loaded: LoadedDocument): void {
    this.#phase = { kind: 'open', loaded, inFlight: new InFlight(loaded.head) }
    const waiting = [...this.#waiting.keys()]
    this.#waiting.clear()
    for (const session of waiting) this.#attached.add(session)
    for (const session of waiting) {
      if (this.#attached.has(session)) session.documentOpened()
    }
    this.#considerEviction()
  }

  /** Nobody has written the document yet: those who may not, are told so; for others it is made. */
  #decideAbsent(): void {
    for (const [session, mayCreate] of [...this.#waiting]) {
      if (mayCreate) continue
      this.#waiting.delete(session)
      session.documentEnded(unknownDocument)
    }
    if (this.#waiting.size > 0) this.#load(true)
    else this.#considerEviction()
  }

  #appendFailed(phase: Phase & { kind: 'open' }, item: Appending<Attached>, error: unknown): void {
    phase.inFlight.failed()
    if (this.#phase !== phase) return this.#recoverWhenAnswered()
    const failure = asTidemarkError(error)
    if (failure.code === 'log/failed') return this.#deps.onFailed(failure)
    if (failure.code === 'log/full')
      this.#deps.onEvent({ type: 'log-full', document: this.id, message: failure.message })
    if (failure.code === 'log/corrupt') return this.#halt(failure)
    const refusal = { code: failure.code, message: failure.message, retryAfterMs: retryAfterMsOf(failure) }
    this.#phase = { kind: 'recovering', before: phase.loaded, inFlight: phase.inFlight, refusal }
    // The failed one and those behind it, and those that committed behind it: which of them the log has is only known
    // after reading it again. A client that sends one of these again gets its ack as a duplicate.
    for (const dropped of phase.inFlight.drop()) this.#refuse(dropped, refusal)
    assert(item.check === null, 'an append was answered twice')
    this.#recoverWhenAnswered()
  }

  #refuse(item: InFlightItem<Attached>, refusal: Ended): void {
    switch (item.kind) {
      case 'append':
        return item.author.refused(item.batch, item.update.length, refusal)
      case 'repeat':
        return item.author.refused(item.batch, 0, refusal)
      case 'wait':
        // Whoever waits asks for what is durable, and gets what is.
        return item.run()
    }
  }

  #recoverWhenAnswered(): void {
    const phase = this.#phase
    if (phase.kind !== 'recovering' || phase.inFlight.appends > 0) return
    loadDocument(this.#deps.log, this.id, this.#deps.limits).then(
      (loaded) => this.#recovered(phase, loaded),
      (error: unknown) => this.#readFailed(error),
    )
  }

  #recovered(phase: Phase & { kind: 'recovering' }, loaded: LoadedDocument | null): void {
    if (this.#phase !== phase) return
    const { before, refusal } = phase
    if (loaded === null || loaded.head !== before.head || loaded.check !== before.check) {
      // Somebody else wrote, or the log was replaced: sessions come back with their cursors, which tell what to do.
      this.#endAll({
        code: 'log/conflict',
        message: 'the log was written by another',
        retryAfterMs: conflictRetryMs,
      })
    }
    if (loaded === null) return this.#evict()
    this.#open(loaded)
    this.#deps.onEvent({
      type: 'document-recovered',
      document: this.id,
      code: refusal.code,
      head: loaded.head,
    })
  }

  #readFailed(error: unknown): void {
    const failure = asTidemarkError(error)
    if (failure.code === 'log/failed') this.#deps.onFailed(failure)
    else if (failure.code === 'log/corrupt') this.#halt(failure)
    else this.#giveUp({ code: failure.code, message: failure.message, retryAfterMs: retryAfterMsOf(failure) })
  }

  #halt(failure: TidemarkError): void {
    this.#deps.onEvent({ type: 'document-halted', document: this.id, message: failure.message })
    const retryAfterMs = this.#deps.limits.haltedRetryMs
    this.#giveUp({ code: 'document/halted', message: 'the stored document is damaged', retryAfterMs })
  }

  /** Serves nobody for a while; then the log is asked again by whoever opens the document. */
  #giveUp(ended: Ended): void {
    if (this.#phase.kind === 'evicted') return
    this.#phase = { kind: 'halted', ended }
    this.#commit = null
    this.#endAll(ended)
    this.#deps.clock.after(ended.retryAfterMs ?? this.#deps.limits.haltedRetryMs, () => this.#evict())
  }

  /** Ends every session: the relay stops, or the document does. */
  #endAll(ended: Ended): void {
    const sessions = [...this.#attached, ...this.#waiting.keys()]
    this.#attached.clear()
    this.#waiting.clear()
    for (const session of sessions) {
      for (const id of [...this.#presence.ids()]) this.#presence.remove(session, id)
      session.documentEnded(ended)
    }
  }

  #considerEviction(): void {
    if (this.#cancelEviction || !this.#isIdle()) return
    this.#cancelEviction = this.#deps.clock.after(this.#deps.limits.evictAfterMs, () => {
      this.#cancelEviction = null
      if (!this.#isIdle()) return
      this.#considerCompaction(this.#deps.limits.compactEvictedEntriesMin)
      this.#evict()
    })
  }

  #isIdle(): boolean {
    if (this.sessions > 0 || !this.isQuiet) return false
    return this.#phase.kind === 'open' || this.#phase.kind === 'absent'
  }

  #evict(): void {
    this.#snapshot?.cancel()
    this.#snapshot = null
    this.#phase = { kind: 'evicted' }
    this.#deps.onEvicted()
  }

  #considerCompaction(entriesMin: number): void {
    if (this.#phase.kind !== 'open') return
    this.#deps.compactions.consider(this.id, this.#phase.loaded, entriesMin)
  }

  #readSnapshot(): { readonly body: Promise<Snapshot | null>; readonly cancel: Unsubscribe } {
    const body = this.#deps.log.readSnapshot(this.id)
    const cancel = this.#deps.clock.after(this.#deps.limits.snapshotCacheMs, () => {
      this.#snapshot = null
    })
    return { body, cancel }
  }

  /** Hands an answer of the log on, unless the document has been given up in the meantime. */
  #ask<T>(answer: Promise<T>, then: (value: T) => void): void {
    answer.then(
      (value) => {
        if (this.#phase.kind === 'open' || this.#phase.kind === 'recovering') then(value)
      },
      (error: unknown) => this.#readFailed(error),
    )
  }

  #askReplay<T>(answer: Promise<T>, then: (value: T | Ended) => void): void {
    answer.then(then, (error: unknown) => {
      const { code, message, retryAfterMs } = asTidemarkError(error)
      if (code === 'log/failed') this.#readFailed(error)
      else then({ code, message, retryAfterMs: retryAfterMs ?? this.#deps.limits.haltedRetryMs })
    })
  }

  #opened(): Phase & { kind: 'open' } {
    const phase = this.#phase
    if (phase.kind === 'open') return phase
    // Reading goes on from what was committed while the log is being asked again.
    assert(phase.kind === 'recovering', `the document is ${phase.kind}`)
    return { kind: 'open', loaded: phase.before, inFlight: phase.inFlight }
  }
}

const overloaded: Ended = {
  code: 'relay/overloaded',
  message: 'too many updates wait to be stored',
  retryAfterMs: 1_000,
}

const unknownDocument: Ended = {
  code: 'document/unknown',
  message: 'there is no such document',
  retryAfterMs: null,
}

function newLineage(randomBytes: RandomBytes): Lineage {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function asTidemarkError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error
  return new TidemarkError('relay/internal', String(error), { cause: error })
}

function retryAfterMsOf(failure: TidemarkError): number {
  return failure.retryAfterMs ?? (failure.code === 'log/conflict' ? conflictRetryMs : fullRetryMs)
}
