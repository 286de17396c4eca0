import {
  assert,
  type Check,
  type Cursor,
  type DocumentId,
  type ErrorCode,
  type Principal,
  type Seq,
} from '@tidemark/base'
import {
  type ClientMessage,
  encodeEntries,
  encodeRelayMessage,
  type Open,
  type PresenceUpdate,
  type Push,
  type RelayMessage,
  type Resume,
  type SnapshotEncoding,
  snapshotPartBytesMax,
  type State,
  stateVectorBytesMax,
  type Verify,
} from '@tidemark/protocol'
import type { AccessDecision } from './access.ts'
import type { Commit, Run } from './commit.ts'
import type { Attached, Document, Ended } from './document.ts'
import type { RelayEvent } from './events.ts'
import type { RelayLimits } from './limits.ts'
import type { Outgoing } from './outgoing.ts'
import type { AccessGrant } from './ports.ts'
import type { PresenceChange } from './presence-change.ts'
import type { TailEntry } from './tail.ts'
import { Window } from './window.ts'

/** Messages of a client that name a session which is open. */
export type SessionMessage = Extract<ClientMessage, State | Push | PresenceUpdate | Verify>

export interface SessionDeps {
  readonly open: Open
  readonly document: (id: DocumentId) => Document
  readonly outgoing: Outgoing
  readonly limits: RelayLimits
  readonly nowMs: () => number
  readonly onEvent: (event: RelayEvent) => void
  /** Access was granted: the connection is somebody's. */
  readonly onGranted: () => void
  /** The session is over; the client has been told, or need not be. */
  readonly onClosed: () => void
}

type Phase =
  /** Access is being decided, the document is being read, or the log is asked about the cursor. */
  | { readonly kind: 'opening' }
  /**
   * The cursor could not be trusted: waits for the client's state vector. `lossProven`: the log once issued that cursor
   * and no longer holds what it stood for, so what the client gives back may be anybody's.
   */
  | { readonly kind: 'resyncing'; readonly lossProven: boolean; readonly asked: boolean }
  /** Waits for the snapshot of the document. */
  | { readonly kind: 'fetching' }
  | { readonly kind: 'snapshot'; readonly parts: Parts; offset: number }
  /** Reads on from `sentSeq`; `asked` while the log is reading for it. */
  | { readonly kind: 'reading'; asked: boolean }
  /** Has everything up to the head, and is sent what commits. */
  | { readonly kind: 'live' }
  | { readonly kind: 'closed' }

interface Parts {
  readonly seq: Seq
  readonly check: Check
  readonly encoding: SnapshotEncoding
  readonly bytes: Uint8Array
}

/**
 * One replica's attachment to one document, in the native protocol.
 *
 *     opening ──▶ reading ◀──▶ live            tail: the cursor is in the log
 *        ├──▶ fetching ──▶ snapshot ──▶ reading      no cursor
 *        └──▶ resyncing ──▶ snapshot ──▶ reading     any other cursor, and `state` at any time
 *
 * `sentSeq` is the mark: everything up to it has been sent, in order, nothing beyond. A reader that does not keep up
 * only falls from `live` to `reading`: there is no queue for it, it reads on from its mark when there is room.
 */
export class Session implements Attached {
  readonly #deps: SessionDeps
  #phase: Phase = { kind: 'opening' }
  /** Set together, once access is granted. */
  #grant: AccessGrant | null = null
  #attachedTo: Document | null = null
  #sentSeq: Seq = 0
  readonly #window: Window
  /** What arrived while opening. */
  #early: SessionMessage[] = []
  #earlyBytes = 0
  /** After a gap: nothing is taken until the client has answered with all that the log lacks. */
  #afterGap = false
  /** Messages that must not stand between the parts of a snapshot. */
  #held: Uint8Array[] = []
  /** Participants whose changes were not sent. null: the reader is up to date. */
  #stalePresence: Set<number> | null = null
  #presenceId: number | null = null
  #verifiedAtMs: number | null = null

  constructor(deps: SessionDeps) {
    this.#deps = deps
    this.#window = new Window(deps.limits.windowBytesMax)
  }

  get open(): Open {
    return this.#deps.open
  }

  get principal(): Principal {
    return this.#grant?.principal ?? ''
  }

  /** The relay's owner has decided: attaches to the document, which answers at once or later. */
  decided(decision: AccessDecision): void {
    if (this.#phase.kind === 'closed') return
    if (decision.kind === 'refused') {
      const { code, message, retryAfterMs } = decision
      this.#deps.onEvent({ type: 'access-refused', document: this.open.document, code, message })
      return this.end(code, message, retryAfterMs)
    }
    this.#grant = decision.grant
    this.#deps.onGranted()
    this.#attachedTo = this.#deps.document(this.open.document)
    this.#attachedTo.attach(this, decision.grant.access === 'write')
  }

  /** The relay's owner was asked again. */
  redecided(decision: AccessDecision): void {
    if (this.#phase.kind === 'closed') return
    if (decision.kind === 'refused') {
      const code = decision.code === 'access/denied' ? 'access/revoked' : decision.code
      return this.end(code, decision.message, decision.retryAfterMs)
    }
    if (decision.grant.principal !== this.principal) {
      return this.end('access/revoked', 'the account behind this session has changed', 0)
    }
    const { access } = decision.grant
    const changed = access !== this.#grant?.access
    this.#grant = decision.grant
    if (changed) this.#send({ type: 'access-changed', session: this.#number, access })
  }

  received(message: SessionMessage): void {
    switch (this.#phase.kind) {
      case 'closed':
        return
      case 'opening':
        return this.#receivedEarly(message)
      case 'resyncing':
      case 'fetching':
      case 'snapshot':
      case 'reading':
      case 'live':
        return this.#receivedOpen(message)
    }
  }

  /** There may be room again. */
  drained(): void {
    this.#pump()
  }

  /** Ends the session and tells the client. */
  end(code: ErrorCode, message: string, retryAfterMs: number | null): void {
    if (this.#phase.kind === 'closed') return
    const closed = encodeRelayMessage({ type: 'closed', session: this.#number, code, message, retryAfterMs })
    this.#deps.outgoing.add(closed, 1)
    this.close()
  }

  /** Ends the session without a word: the client asked for it, or the connection is gone. */
  close(): void {
    if (this.#phase.kind === 'closed') return
    this.#phase = { kind: 'closed' }
    this.#early = []
    this.#attachedTo?.detach(this)
    this.#deps.onClosed()
  }

  get #number(): number {
    return this.open.session
  }

  get #document(): Document {
    assert(this.#attachedTo !== null, 'a session that has no document yet')
    return this.#attachedTo
  }

  // Opening.

  documentOpened(): void {
    const document = this.#document
    const { cursor } = this.open
    if (cursor === null) return this.#begin({ kind: 'snapshot' })
    if (cursor.lineage !== document.lineage) {
      return this.end(
        'document/other-lineage',
        'the replica belongs to another history of the document',
        null,
      )
    }
    document.checkAt(cursor.seq, (check) => this.#resume(cursor, check))
  }

  #resume(cursor: Cursor, check: Check | null): void {
    if (this.#phase.kind !== 'opening') return
    const document = this.#document
    if (check === cursor.check && cursor.seq >= document.floor) {
      this.#sentSeq = cursor.seq
      return this.#begin({ kind: 'tail' })
    }
    const lost = cursor.seq > document.head || (check !== null && check !== cursor.check)
    const lossProven = lost && document.issued(cursor)
    if (lossProven) {
      const { principal } = this
      const { id, head } = document
      this.#deps.onEvent({ type: 'loss-proven', document: id, principal, seq: cursor.seq, head })
    }
    this.#begin({ kind: 'resync', stateVector: document.stateVector() }, lossProven)
  }

  #begin(resume: Resume, lossProven = false): void {
    const document = this.#document
    if (resume.kind === 'resync' && resume.stateVector.length > stateVectorBytesMax)
      return this.#tooManyClients()
    const { lineage, head, channel } = document
    const access = this.#grant?.access ?? 'read'
    this.#send({ type: 'opened', session: this.#number, channel, access, lineage, head, resume })
    switch (resume.kind) {
      case 'tail':
        this.#phase = { kind: 'reading', asked: false }
        break
      case 'snapshot':
        this.#fetchSnapshot()
        break
      case 'resync':
        this.#phase = { kind: 'resyncing', lossProven, asked: false }
        break
    }
    if (document.participants > 0) this.presenceChanged(document.presence())
    this.#takeEarly()
    this.#pump()
  }

  // What the client says before it can be judged is kept; the bytes are gone after the call, so they are copied.
  #receivedEarly(message: SessionMessage): void {
    const kept = copyOf(message)
    this.#earlyBytes += bytesOf(kept)
    if (this.#earlyBytes > this.#deps.limits.openingBytesMax) {
      return this.end('session/window-exceeded', 'too much was sent before the document was open', 0)
    }
    this.#early.push(kept)
  }

  #takeEarly(): void {
    const early = this.#early
    this.#early = []
    for (const message of early) this.received(message)
  }

  #receivedOpen(message: SessionMessage): void {
    switch (message.type) {
      case 'push':
        return this.#push(message)
      case 'state':
        return this.#state(message)
      case 'presence-update':
        return this.#presenceUpdate(message)
      case 'verify':
        return this.#verify(message)
    }
  }

  // Writing.

  #push({ batch, update, recovery }: Push): void {
    const document = this.#document
    const { onEvent } = this.#deps
    if (this.#grant?.access !== 'write') {
      return this.#refuse(batch, { code: 'update/read-only', message: 'no write access', retryAfterMs: null })
    }
    if (!this.#window.admits(update.length)) {
      return this.end('session/window-exceeded', 'more was sent than the window holds', 0)
    }
    if (this.#afterGap && !recovery) return
    if (recovery) this.#afterGap = false
    const outcome = document.push(this, batch, update, recovery && this.#lossIsProven ? 'recovery' : 'native')
    switch (outcome.kind) {
      case 'taken':
        return this.#window.taken(outcome.bytes)
      case 'gap':
        return this.#askForAll(batch, outcome.stateVector)
      case 'refused': {
        const { code, message } = outcome.refusal
        onEvent({ type: 'update-refused', document: document.id, principal: this.principal, code, message })
        return this.#refuse(batch, outcome.refusal)
      }
    }
  }

  get #lossIsProven(): boolean {
    return this.#phase.kind === 'resyncing' && this.#phase.lossProven
  }

  #askForAll(batch: number, stateVector: Uint8Array): void {
    if (stateVector.length > stateVectorBytesMax) return this.#tooManyClients()
    this.#afterGap = true
    this.#send({ type: 'resync', session: this.#number, batch, stateVector })
  }

  #refuse(batch: number, { code, message, retryAfterMs }: Ended): void {
    if (this.#lossIsProven && retryAfterMs !== null) {
      // The proof of a loss is the cursor that the client opened with. It must come back with that very cursor.
      return this.end(code, message, retryAfterMs)
    }
    this.#send({ type: 'refused', session: this.#number, batch, code, message, retryAfterMs })
  }

  refused(batch: number, bytes: number, ended: Ended): void {
    if (this.#phase.kind === 'closed') return
    this.#window.settled(bytes)
    this.#refuse(batch, ended)
  }

  // What commits: the hot path. A reader that wrote none of it costs one call and no bytes of its own.

  committed(commit: Commit<Attached>): void {
    const inOrder = this.#phase.kind === 'live' && commit.first === this.#sentSeq + 1 && this.#keepsUp(commit)
    if (!inOrder || !commit.wroteNone(this)) return this.#committedByMe(commit, inOrder)
    for (const { bytes, count } of commit.frames()) this.#deps.outgoing.add(bytes, count + 1)
    this.#sentSeq = commit.last
  }

  #committedByMe(commit: Commit<Attached>, inOrder: boolean): void {
    for (const run of commit.runs) {
      if (run.author === this) this.#ack(run, inOrder && run.updates.length > 0)
      else if (inOrder && run.updates.length > 0) this.#sendRun(commit, run)
    }
    if (this.#phase.kind === 'closed') return
    if (inOrder) this.#sentSeq = commit.last
    else this.#fallBehind()
  }

  #sendRun(commit: Commit<Attached>, run: Run<Attached>): void {
    for (const { bytes, count } of commit.framesOf(run)) this.#deps.outgoing.add(bytes, count + 1)
  }

  /** `inOrder`: the ack stands for the entries. Otherwise it only says that they are durable, and they come by reading. */
  #ack(run: Run<Attached>, inOrder: boolean): void {
    this.#window.settled(run.bytes)
    const [first, last] = inOrder ? [run.first, run.last] : [1, 0]
    this.#send({ type: 'ack', session: this.#number, batch: run.batch, first, last, check: run.check })
  }

  #keepsUp(commit: Commit<Attached>): boolean {
    return !this.#deps.outgoing.isFull && commit.bytes <= this.#deps.limits.bufferedBytesMax
  }

  #fallBehind(): void {
    if (this.#phase.kind !== 'live' || this.#sentSeq >= this.#document.head) return
    this.#phase = { kind: 'reading', asked: false }
    this.#pump()
  }

  // Catching up.

  #pump(): void {
    while (this.#deps.outgoing.hasRoom && this.#step());
  }

  /** Sends the next piece. False when there is none to send now. */
  #step(): boolean {
    const phase = this.#phase
    switch (phase.kind) {
      case 'snapshot':
        this.#sendPart(phase)
        return true
      case 'reading':
        return !phase.asked && this.#readOn(phase)
      case 'live':
        return this.#sendStalePresence()
      case 'opening':
      case 'resyncing':
      case 'fetching':
      case 'closed':
        return false
    }
  }

  #readOn(phase: Phase & { kind: 'reading' }): boolean {
    const document = this.#document
    if (this.#sentSeq >= document.head) {
      this.#phase = { kind: 'live' }
      return true
    }
    const recent = document.recent(this.#sentSeq)
    if (recent) {
      this.#sendEntries(recent)
      return true
    }
    phase.asked = true
    document.read(this.#sentSeq, (entries) => this.#read(phase, entries))
    return false
  }

  #read(phase: Phase & { kind: 'reading' }, entries: readonly TailEntry[] | null): void {
    if (this.#phase !== phase) return
    phase.asked = false
    // Compaction went past this reader: what it would read next is in the snapshot.
    if (entries === null) return this.#fetchSnapshot()
    this.#sendEntries(entries)
    this.#pump()
  }

  #sendEntries(entries: readonly TailEntry[]): void {
    const first = entries[0]
    const last = entries.at(-1)
    assert(first && last && first.seq === this.#sentSeq + 1, 'entries that do not follow what was sent')
    const updates = entries.map((entry) => entry.update)
    const part = encodeEntries(this.#document.channel, first.seq, last.check, updates)
    this.#deps.outgoing.add(part, updates.length + 1)
    this.#sentSeq = last.seq
  }

  #fetchSnapshot(): void {
    const phase: Phase = { kind: 'fetching' }
    this.#phase = phase
    this.#document.snapshot((snapshot) => {
      if (this.#phase !== phase) return
      if (snapshot === null) this.#phase = { kind: 'reading', asked: false }
      else this.#beginParts({ ...snapshot, encoding: 'v2-deflate', bytes: snapshot.body })
      this.#pump()
    })
  }

  #beginParts(parts: Parts): void {
    this.#phase = { kind: 'snapshot', parts, offset: 0 }
  }

  #sendPart(phase: Phase & { kind: 'snapshot' }): void {
    const { seq, check, encoding, bytes } = phase.parts
    const { offset } = phase
    const end = Math.min(offset + snapshotPartBytesMax, bytes.length)
    phase.offset = end
    const part = {
      seq,
      check,
      encoding,
      totalBytes: bytes.length,
      offset,
      bytes: bytes.subarray(offset, end),
    }
    const message = encodeRelayMessage({ type: 'snapshot-part', session: this.#number, ...part })
    this.#deps.outgoing.add(message, 1)
    if (end < bytes.length) return
    this.#sentSeq = seq
    this.#phase = { kind: 'reading', asked: false }
    this.#sendHeld()
  }

  #state({ stateVector }: State): void {
    const before = this.#phase
    if (before.kind === 'resyncing' && before.asked) return
    const lossProven = before.kind === 'resyncing' && before.lossProven
    const phase: Phase = { kind: 'resyncing', lossProven, asked: true }
    this.#phase = phase
    // A snapshot that was being sent is void: the client starts over with the parts of the next.
    this.#sendHeld()
    this.#document.difference(stateVector.slice(), 'v2-deflate', (difference) => {
      if (this.#phase !== phase) return
      if ('code' in difference) return this.end(difference.code, difference.message, difference.retryAfterMs)
      this.#beginParts(difference)
      this.#pump()
    })
  }

  // Presence.

  #presenceUpdate({ id, state }: PresenceUpdate): void {
    const document = this.#document
    const { limits, onEvent } = this.#deps
    if (state.length > limits.presenceBytesMax) return
    if (this.#presenceId !== null && this.#presenceId !== id)
      document.setPresence(this, this.#presenceId, empty)
    this.#presenceId = null
    if (document.setPresence(this, id, state.slice())) this.#presenceId = id
    else onEvent({ type: 'presence-ignored', document: document.id, principal: this.principal, id })
  }

  presenceChanged(change: PresenceChange): void {
    if (this.#phase.kind === 'closed') return
    if (this.#phase.kind === 'snapshot' || this.#stalePresence || this.#deps.outgoing.isFull) {
      this.#stalePresence ??= new Set()
      for (const { id } of change.states) this.#stalePresence.add(id)
      return
    }
    for (const frame of change.frames()) this.#deps.outgoing.add(frame, 1 + change.states.length)
  }

  #sendStalePresence(): boolean {
    const stale = this.#stalePresence
    if (!stale) return false
    this.#stalePresence = null
    this.presenceChanged(this.#document.presence(stale))
    return true
  }

  // Cross-checking.

  #verify({ seq, digest }: Verify): void {
    const document = this.#document
    const { limits, nowMs, onEvent } = this.#deps
    const tooSoon = this.#verifiedAtMs !== null && Math.abs(nowMs() - this.#verifiedAtMs) < limits.verifyMsMin
    if (tooSoon) return this.#send({ type: 'verified', session: this.#number, seq, outcome: 'unknown' })
    this.#verifiedAtMs = nowMs()
    const claimed = digest.slice()
    document.digestAt(seq, (found) => {
      if (this.#phase.kind === 'closed') return
      const outcome = found === null ? 'unknown' : equal(found, claimed) ? 'equal' : 'different'
      if (outcome === 'different') {
        onEvent({ type: 'divergence-found', document: document.id, principal: this.principal, seq })
      }
      this.#send({ type: 'verified', session: this.#number, seq, outcome })
    })
  }

  documentEnded({ code, message, retryAfterMs }: Ended): void {
    this.end(code, message, retryAfterMs)
  }

  #tooManyClients(): void {
    this.end('relay/internal', 'the state vector of this document is larger than the protocol allows', null)
  }

  // Sending.

  #send(message: RelayMessage): void {
    if (this.#phase.kind === 'closed') return
    const part = encodeRelayMessage(message)
    if (this.#phase.kind === 'snapshot') this.#hold(part)
    else this.#deps.outgoing.add(part, 1)
  }

  #hold(part: Uint8Array): void {
    this.#held.push(part)
    if (this.#held.length > heldMessagesMax) {
      this.end('session/window-exceeded', 'too many messages while a snapshot was being sent', 0)
    }
  }

  #sendHeld(): void {
    const held = this.#held
    this.#held = []
    for (const part of held) this.#deps.outgoing.add(part, 1)
  }
}

/** Acks, refusals and the like that wait for the end of a snapshot. Above: the session ends. */
const heldMessagesMax = 10_000

const empty = new Uint8Array(0)

function copyOf(message: SessionMessage): SessionMessage {
  switch (message.type) {
    case 'push':
      return { ...message, update: message.update.slice() }
    case 'state':
      return { ...message, stateVector: message.stateVector.slice() }
    case 'presence-update':
      return { ...message, state: message.state.slice() }
    case 'verify':
      return { ...message, digest: message.digest.slice() }
  }
}

function bytesOf(message: SessionMessage): number {
  switch (message.type) {
    case 'push':
      return message.update.length + messageOverheadBytes
    case 'state':
      return message.stateVector.length + messageOverheadBytes
    case 'presence-update':
      return message.state.length + messageOverheadBytes
    case 'verify':
      return message.digest.length + messageOverheadBytes
  }
}

const messageOverheadBytes = 100

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
