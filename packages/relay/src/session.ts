import { assert, type Clock, type Cursor, type DocumentId, type Principal, type Random } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import {
  encodeRelayMessage,
  type Open,
  type PresenceUpdate,
  type Push,
  type Resume,
  type State,
  stateVectorBytesMax,
  type Verify,
} from '@tidemark/protocol'
import type { AccessDecision } from './access.ts'
import { type Attached, type Ended, tooManyDocuments } from './attached.ts'
import type { AuthorWay } from './author.ts'
import type { Commit } from './commit.ts'
import type { Document } from './document.ts'
import { EarlyMessages, type EarlyRoom, type SessionMessage } from './early-messages.ts'
import type { RelayEvent } from './events.ts'
import { Feed } from './feed.ts'
import type { RelayLimits } from './limits.ts'
import type { Outgoing } from './outgoing.ts'
import { Paced } from './paced.ts'
import { Permit } from './permit.ts'
import type { AccessGrant } from './ports.ts'
import type { PresenceChange } from './presence-change.ts'
import { decideResume, type ResumeDecision } from './resume.ts'
import { Window } from './window.ts'

export interface SessionDeps {
  readonly open: Open
  /** null: there are as many in memory as there may be. */
  readonly document: (id: DocumentId) => Document | null
  /** Asks the relay's owner. */
  readonly decideAccess: (open: Open, decided: (decision: AccessDecision) => void) => void
  readonly outgoing: Outgoing
  /** The connection's, for what comes before the session is open. */
  readonly earlyRoom: EarlyRoom
  readonly limits: RelayLimits
  readonly clock: Clock
  readonly random: Random
  readonly onEvent: (event: RelayEvent) => void
  /** Access was granted: the connection is somebody's. */
  readonly onGranted: () => void
  /** The session is over; the client has been told, or need not be. */
  readonly onClosed: () => void
}

type Phase =
  | { readonly kind: 'deciding' }
  /** The document is being read, or the log is asked about the cursor. */
  | { readonly kind: 'loading'; readonly document: Document }
  | OpenPhase
  | { readonly kind: 'closed' }

interface OpenPhase {
  readonly kind: 'open'
  readonly document: Document
  readonly feed: Feed
  /**
   * The log once issued the client's cursor and no longer holds what it stood for: until the client has been given what
   * it lacks, what it gives back may be anybody's.
   */
  lossProven: boolean
}

type OpenDecision = Exclude<ResumeDecision, { kind: 'other-lineage' }>

/**
 * One replica's attachment to one document, in the native protocol: what comes up from it, and its beginning and end.
 *
 *     deciding ──▶ loading ──▶ open ──▶ closed
 *
 * What goes down is the feed's.
 */
export class Session implements Attached {
  readonly forgetsPresence = false
  readonly #deps: SessionDeps
  #phase: Phase = { kind: 'deciding' }
  readonly #permit: Permit
  readonly #early: EarlyMessages
  readonly #window: Window
  /** After a gap: nothing is taken until the client has answered with all that the log lacks. */
  #afterGap = false
  /** The client was told what the log has, and has not yet given what it lacks. */
  #isOwed = false
  #presenceId: number | null = null
  /** How many it has had: each that goes is told to everybody. */
  #presenceIds = 0
  #mayVerify = true
  readonly #differences: Paced
  readonly #resyncs: Paced

  constructor(deps: SessionDeps) {
    this.#deps = deps
    const { clock, random, limits } = deps
    this.#permit = new Permit({
      clock,
      random,
      limits,
      ask: (decided) => deps.decideAccess(deps.open, decided),
      granted: (grant) => this.#granted(grant),
      refused: (ended) => this.#refusedAccess(ended),
      changed: (grant) => this.#accessChanged(grant),
      confirmed: () => this.#receiveHeld(),
      ended: (ended) => this.end(ended),
    })
    this.#early = new EarlyMessages(deps.earlyRoom)
    this.#window = new Window(limits.windowBytesMax)
    this.#differences = new Paced(clock, limits.differenceMsMin)
    this.#resyncs = new Paced(clock, limits.resyncMsMin)
  }

  get open(): Open {
    return this.#deps.open
  }

  get isGranted(): boolean {
    return this.#permit.grant !== null
  }

  get principal(): Principal {
    return this.#permit.principal
  }

  get cursor(): Cursor | null {
    return this.open.cursor
  }

  get beginsWithSnapshot(): boolean {
    return this.cursor === null
  }

  get isLive(): boolean {
    return this.#phase.kind === 'open' && this.#phase.feed.isLive
  }

  // Beginning.

  /** Asks for access. */
  start(): void {
    this.#permit.start()
  }

  /** Access may have changed: nothing is taken from this session until the owner has said what it may. */
  doubt(): void {
    this.#permit.doubt()
  }

  #refusedAccess(ended: Ended): void {
    const { code, message } = ended
    this.#deps.onEvent({ type: 'access-refused', document: this.open.document, code, message })
    this.end(ended)
  }

  /** Attaches to the document, which answers at once or later. */
  #granted({ access }: AccessGrant): void {
    this.#deps.onGranted()
    const document = this.#deps.document(this.open.document)
    if (document === null) return this.end(tooManyDocuments)
    this.#phase = { kind: 'loading', document }
    document.attach(this, access === 'write')
  }

  #accessChanged({ access }: AccessGrant): void {
    if (this.#phase.kind !== 'open') return
    this.#phase.feed.send({ type: 'access-changed', session: this.open.session, access })
  }

  documentOpened(): void {
    const { cursor } = this.open
    const phase = this.#phase
    assert(phase.kind === 'loading', 'a document opened for a session in another phase', phase.kind)
    if (cursor === null) return this.#begin(phase.document, { kind: 'snapshot' })
    const { document } = phase
    document.inquiries.judge(cursor, (judgement) => {
      document.onceKnown(() => {
        if (this.#phase === phase) this.#begin(document, decideResume(cursor, document, judgement))
      })
    })
  }

  #begin(document: Document, decision: ResumeDecision): void {
    if (decision.kind === 'other-lineage') return this.end(otherLineage)
    const lossProven = decision.kind === 'resync' && decision.lossProven
    const phase: OpenPhase = { kind: 'open', document, feed: this.#createFeed(document), lossProven }
    this.#phase = phase
    if (lossProven) this.#reportLoss(document, decision.cursor)
    this.#sendOpened(phase, decision)
    // `sendOpened` ends the session when it cannot say it.
    if (this.#phase !== phase) return
    phase.feed.introduce()
    if (decision.kind === 'tail') phase.feed.beginAfter(decision.after)
    else if (decision.kind !== 'resync') phase.feed.beginWithSnapshot()
    this.#receiveHeld()
  }

  #receiveHeld(): void {
    for (const message of this.#early.take()) this.received(message)
  }

  #createFeed(document: Document): Feed {
    return new Feed({
      session: this.open.session,
      author: this,
      document,
      outgoing: this.#deps.outgoing,
      commitBytesMax: this.#deps.limits.bufferedBytesMax,
      presenceStaleMax: this.#deps.limits.presenceStaleMax,
      onSettled: (bytes) => this.#window.settled(bytes),
      onFailed: (ended) => this.end(ended),
    })
  }

  #reportLoss({ id, head }: Document, { seq }: Cursor): void {
    this.#deps.onEvent({ type: 'loss-proven', document: id, principal: this.principal, seq, head })
  }

  #sendOpened({ document, feed }: OpenPhase, decision: OpenDecision): void {
    const { lineage, head, channel } = document
    const access = this.#permit.mayWrite ? 'write' : 'read'
    const resume = this.#resumeOf(document, decision.kind)
    if (resume)
      feed.send({ type: 'opened', session: this.open.session, channel, access, lineage, head, resume })
  }

  #resumeOf(document: Document, decided: OpenDecision['kind']): Resume | null {
    switch (decided) {
      case 'tail':
      case 'overtaken':
        // Not `snapshot`: what the replica holds counts, and so does its cursor until the snapshot is there.
        return { kind: 'tail' }
      case 'snapshot':
        return { kind: 'snapshot' }
      case 'resync': {
        const stateVector = this.#stateVectorOf(document)
        return stateVector && { kind: 'resync', stateVector }
      }
    }
  }

  #stateVectorOf(document: Document): Uint8Array | null {
    const stateVector = document.stateVector()
    this.#isOwed = true
    if (stateVector.length <= stateVectorBytesMax) return stateVector
    this.end(tooManyClients)
    return null
  }

  // What the client says.

  received(message: SessionMessage): void {
    const phase = this.#phase
    switch (phase.kind) {
      case 'deciding':
      case 'loading':
        return this.#hold(message)
      case 'open':
        return this.#permit.isInDoubt ? this.#hold(message) : this.#receivedOpen(phase, message)
      case 'closed':
        return
    }
  }

  #hold(message: SessionMessage): void {
    if (!this.#early.add(message)) this.end(tooEarly)
  }

  #receivedOpen(phase: OpenPhase, message: SessionMessage): void {
    switch (message.type) {
      case 'push':
        return this.#push(phase, message)
      case 'state':
        return this.#state(phase, message)
      case 'presence-update':
        return this.#presenceUpdate(phase, message)
      case 'verify':
        return this.#verify(phase, message)
    }
  }

  #push(phase: OpenPhase, { batch, update, recovery }: Push): void {
    if (!this.#permit.mayWrite) return this.#refuse(phase, batch, readOnly)
    if (!this.#window.admits(update.length)) return this.end(windowExceeded)
    if (this.#afterGap && !recovery) return sometimes('a push behind a gap is left for the answer to bring')
    if (recovery) this.#isOwed = false
    this.#afterGap = false
    this.#resyncs.forget()
    const outcome = phase.document.push(this, batch, update, wayOf(recovery, phase.lossProven))
    switch (outcome.kind) {
      case 'taken':
        return this.#window.taken(outcome.bytes)
      case 'gap':
        return this.#askForAll(phase, batch)
      case 'refused':
        this.#reportRefusal(phase.document, outcome.refusal)
        return this.#refuse(phase, batch, outcome.refusal)
    }
  }

  // A few bytes with a gap are answered by a state vector of up to a megabyte: not as often as somebody likes.
  #askForAll(phase: OpenPhase, batch: number): void {
    this.#afterGap = true
    const { document, feed } = phase
    const ask = (): void => {
      if (this.#phase !== phase) return
      const stateVector = this.#stateVectorOf(document)
      if (stateVector) feed.send({ type: 'resync', session: this.open.session, batch, stateVector })
    }
    this.#resyncs.run(() => document.onceKnown(ask))
  }

  #reportRefusal({ id }: Document, { code, message }: Ended): void {
    this.#deps.onEvent({ type: 'update-refused', document: id, principal: this.principal, code, message })
  }

  #refuse({ feed, lossProven }: OpenPhase, batch: number, { code, message, retryAfterMs }: Ended): void {
    // The proof of a loss is the cursor that the client opened with: it must come back with that very cursor.
    if (lossProven && retryAfterMs !== null) {
      sometimes('what a log lost cannot be taken back now')
      return this.end({ code, message, retryAfterMs })
    }
    feed.send({ type: 'refused', session: this.open.session, batch, code, message, retryAfterMs })
  }

  #state(phase: OpenPhase, { stateVector }: State): void {
    this.#isOwed = false
    // One at a time, and not one after the other: each makes the replayer load the document.
    if (phase.feed.isFetching) return
    const asked = new Uint8Array(stateVector)
    this.#differences.run(() => {
      phase.feed.beginWithDifference(asked, () => {
        phase.lossProven = false
      })
    })
  }

  #presenceUpdate({ document }: OpenPhase, { id, state }: PresenceUpdate): void {
    const { limits, onEvent } = this.#deps
    if (state.length > limits.presenceBytesMax) return
    this.#changePresenceId(document, id)
    const mayTake = this.#presenceId === id || this.#presenceIds < limits.presenceIdsMax
    if (mayTake && document.presence.set(this, id, new Uint8Array(state), 'native')) this.#tookPresenceId(id)
    else onEvent({ type: 'presence-ignored', document: document.id, principal: this.principal, id })
  }

  #changePresenceId(document: Document, id: number): void {
    if (this.#presenceId === null || this.#presenceId === id) return
    document.presence.remove(this, this.#presenceId)
    this.#presenceId = null
  }

  #tookPresenceId(id: number): void {
    if (this.#presenceId !== id) this.#presenceIds++
    this.#presenceId = id
  }

  #verify({ document, feed }: OpenPhase, { seq, digest }: Verify): void {
    const { session } = this.open
    if (!this.#mayVerify) return feed.send({ type: 'verified', session, seq, outcome: 'unknown' })
    this.#mayVerify = false
    this.#deps.clock.after(this.#deps.limits.verifyMsMin, () => {
      this.#mayVerify = true
    })
    const claimed = new Uint8Array(digest)
    document.inquiries.verify(seq, claimed, (outcome) => {
      const { principal } = this
      if (outcome === 'different')
        this.#deps.onEvent({ type: 'divergence-found', document: document.id, principal, seq })
      feed.send({ type: 'verified', session, seq, outcome })
    })
  }

  // What the document says.

  committed(commit: Commit<Attached>): void {
    if (this.#phase.kind === 'open') this.#phase.feed.committed(commit)
  }

  refused(batch: number, bytes: number, refusal: Ended): void {
    if (this.#phase.kind !== 'open') return
    this.#window.settled(bytes)
    this.#refuse(this.#phase, batch, refusal)
  }

  admittedInVain(refusal: Ended): void {
    if (!this.#isOwed) return
    // It will leave out what the log turned out not to have, and could not be told apart from a gap that nobody can fill.
    sometimes('a client was told that the log has what it then did not take')
    this.end(refusal)
  }

  recovered(): void {}

  presenceChanged(change: PresenceChange): void {
    if (this.#phase.kind === 'open') this.#phase.feed.presenceChanged(change)
  }

  presenceDue(): void {
    if (this.#phase.kind === 'open') this.#phase.feed.presenceDue()
  }

  documentEnded(ended: Ended): void {
    this.end(ended)
  }

  /** There may be room again. */
  drained(): void {
    if (this.#phase.kind === 'open') this.#phase.feed.pump()
  }

  // The end.

  /** Ends the session and tells the client. */
  end({ code, message, retryAfterMs }: Ended): void {
    if (this.#phase.kind === 'closed') return
    const closed = { type: 'closed', session: this.open.session, code, message, retryAfterMs } as const
    this.#deps.outgoing.add(encodeRelayMessage(closed), 1)
    this.close()
  }

  /** Ends the session without a word: the client asked for it, or the connection is gone. */
  close(): void {
    const phase = this.#phase
    if (phase.kind === 'closed') return
    this.#phase = { kind: 'closed' }
    this.#permit.stop()
    this.#early.take()
    this.#differences.stop()
    this.#resyncs.stop()
    if (phase.kind === 'open') phase.feed.close()
    if (phase.kind !== 'deciding') phase.document.detach(this)
    this.#deps.onClosed()
  }
}

/** What answers a resync says so, and may be of others. */
function wayOf(isAnswer: boolean, lossProven: boolean): AuthorWay {
  if (!isAnswer) return 'native'
  return lossProven ? 'recovery' : 'unproven'
}

const readOnly: Ended = { code: 'update/read-only', message: 'no write access', retryAfterMs: null }

const windowExceeded: Ended = {
  code: 'session/window-exceeded',
  message: 'more was sent than the window holds',
  retryAfterMs: 0,
}

const tooEarly: Ended = {
  code: 'session/window-exceeded',
  message: 'too much was sent before it could be taken',
  retryAfterMs: 0,
}

const tooManyClients: Ended = {
  code: 'relay/internal',
  message: 'the state vector of this document is larger than the protocol allows',
  retryAfterMs: null,
}

const otherLineage: Ended = {
  code: 'document/other-lineage',
  message: 'the replica belongs to another history of the document',
  retryAfterMs: null,
}
