import { assert, type ErrorCode, isDocumentId, type Principal, type Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { isEmptyUpdate, merge } from '@tidemark/updates'
import { type Attached, type Ended, tooManyDocuments } from './attached.ts'
import type { Commit } from './commit.ts'
import type { Connection, ConnectionDeps } from './connection.ts'
import type { Document } from './document.ts'
import { Outgoing } from './outgoing.ts'
import { Paced } from './paced.ts'
import { Permit } from './permit.ts'
import type { AccessGrant, ConnectionDialect } from './ports.ts'
import type { PresenceChange } from './presence-change.ts'
import { PresenceFeed } from './presence-feed.ts'
import { Reader } from './reader.ts'
import { yWebsocketCloseCodeOf } from './y-websocket-close-code.ts'
import {
  decodeYWebsocketFrame,
  encodeAwareness,
  encodePermissionDenied,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  type YWebsocketMessage,
} from './y-websocket-frames.ts'
import { YWebsocketPresence } from './y-websocket-presence.ts'

type Phase =
  | { readonly kind: 'deciding' | 'loading' }
  | OpenPhase
  /** Told to go; what was under way still commits. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'closed' }

interface OpenPhase {
  readonly kind: 'open'
  readonly document: Document
  readonly reader: Reader
  readonly presence: YWebsocketPresence
  readonly presenceFeed: PresenceFeed
}

/**
 * A stock y-websocket client: one document, named by the URL.
 *
 *     deciding ──▶ loading ──▶ open ──▶ closed
 *
 *     client                            relay
 *       step 1 (state vector) ─────────▶          before or after the document is loaded
 *       ◀───────────────────────── step 1         with what the log holds: the client sends up what that lacks
 *       step 2, updates ───────────────▶          admitted like all pushes
 *       ◀───────────────────────── step 2         from the log's head; from there on the reader follows
 *       ◀───────────────────────── updates
 *
 * There are no acks and no refusals in this protocol: a gap is answered by another step 1, a refusal by closing.
 */
export class YWebsocketConnection implements Connection, Attached {
  readonly dialect = 'y-websocket'
  readonly cursor = null
  readonly beginsWithSnapshot = false
  readonly forgetsPresence = true
  readonly #deps: ConnectionDeps
  readonly #target: ConnectionDialect & { dialect: 'y-websocket' }
  readonly #outgoing: Outgoing
  readonly #permit: Permit
  #phase: Phase = { kind: 'deciding' }
  #document: Document | null = null
  /** Frames that came too soon, or while access is in doubt. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #batch = 0
  #heard = true
  #sentBytesSeen = 0
  #cancelKeepAlive: Unsubscribe = () => {}
  #isDiffering = false
  /** The last step 1 said that the log has what was still under way: what the client left out of its answer may be lost. */
  #hasClaimedAhead = false
  readonly #differences: Paced
  readonly #resyncs: Paced

  constructor(deps: ConnectionDeps, target: ConnectionDialect & { dialect: 'y-websocket' }) {
    this.#deps = deps
    this.#target = target
    const { socket, turn, limits, clock, random } = deps
    this.#permit = new Permit({
      clock,
      random,
      limits,
      ask: (decided) => this.#ask(decided),
      granted: (grant) => this.#granted(grant),
      refused: (ended) => this.#refusedAccess(ended),
      changed: (grant) => this.#accessChanged(grant),
      confirmed: () => this.#receiveHeld(),
      ended: (ended) => this.#end(ended),
    })
    this.#differences = new Paced(clock, limits.differenceMsMin)
    this.#resyncs = new Paced(clock, limits.resyncMsMin)
    this.#outgoing = new Outgoing({
      socket,
      turn,
      limits,
      framing: 'single',
      onRoom: () => this.#pump(),
      onOverflow: () => this.#overflowed(),
    })
  }

  get sessions(): number {
    return this.#phase.kind === 'open' ? 1 : 0
  }

  get sentBytes(): number {
    return this.#outgoing.sentBytes
  }

  get principal(): Principal {
    return this.#permit.principal
  }

  start(): void {
    if (!isDocumentId(this.#target.document))
      return this.end('document/bad-id', 'this cannot name a document', null)
    this.#keepAlive()
    this.#permit.start()
  }

  // The socket.

  received(frame: Uint8Array): void {
    this.#heard = true
    const phase = this.#phase
    switch (phase.kind) {
      case 'deciding':
      case 'loading':
        return this.#hold(frame)
      case 'open':
        return this.#permit.isInDoubt ? this.#hold(frame) : this.#receivedFrame(phase, frame)
      case 'leaving':
      case 'closed':
        return
    }
  }

  drained(): void {
    this.#outgoing.drained()
  }

  heard(): void {
    this.#heard = true
  }

  takeHeard(): boolean {
    const heard = this.#heard
    this.#heard = false
    return heard
  }

  closed(): void {
    this.#close(null)
  }

  #hold(frame: Uint8Array): void {
    this.#heldBytes += frame.length + heldFrameBytes
    if (this.#heldBytes > this.#deps.limits.openingBytesMax) {
      return this.end('session/window-exceeded', 'too much was sent before it could be taken', 0)
    }
    this.#held.push(new Uint8Array(frame))
  }

  #takeHeld(): readonly Uint8Array[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    return held
  }

  #receiveHeld(): void {
    for (const frame of this.#takeHeld()) this.received(frame)
  }

  #receivedFrame(phase: OpenPhase, frame: Uint8Array): void {
    if (frame.length > this.#deps.limits.frameBytesMax) {
      return this.end('connection/frame-too-large', `${frame.length} bytes`, null)
    }
    const messages = decodeYWebsocketFrame(frame)
    if (messages === null)
      return this.end('connection/bad-frame', 'not the bytes of a y-websocket client', null)
    for (const message of messages) {
      if (this.#phase === phase) this.#receivedMessage(phase, message)
    }
  }

  #receivedMessage(phase: OpenPhase, message: YWebsocketMessage): void {
    switch (message.type) {
      case 'step1':
        return this.#answerStep1(phase, new Uint8Array(message.stateVector))
      case 'step2':
      case 'update':
        return this.#push(phase, message.update)
      case 'awareness':
        return this.#receivedAwareness(phase, message.entries)
      case 'query-awareness':
        return phase.presenceFeed.introduce()
    }
  }

  // Access and beginning.

  reauthorize(match: (document: string, principal: string | null) => boolean): void {
    if (this.#phase.kind === 'leaving') return
    if (match(this.#target.document, this.#permit.grant?.principal ?? null)) this.#permit.doubt()
  }

  #ask(decided: Parameters<ConnectionDeps['decideAccess']>[1]): void {
    const { document, token } = this.#target
    const { decideAccess, request } = this.#deps
    decideAccess({ ...request, document, access: 'write', token, dialect: 'y-websocket' }, decided)
  }

  #refusedAccess(ended: Ended): void {
    const { code, message } = ended
    this.#deps.onEvent({ type: 'access-refused', document: this.#target.document, code, message })
    this.#end(ended)
  }

  #granted({ access }: AccessGrant): void {
    // Told to go while it was asked about.
    if (this.#phase.kind !== 'deciding') return
    const document = this.#deps.document(this.#target.document)
    if (document === null) return this.#end(tooManyDocuments)
    this.#phase = { kind: 'loading' }
    this.#document = document
    document.attach(this, access === 'write')
  }

  /** This protocol has no word for it. But what was refused meanwhile is sent again only if it is asked for. */
  #accessChanged({ access }: AccessGrant): void {
    if (this.#phase.kind === 'open' && access === 'write') this.#askForAll(this.#phase.document)
  }

  documentOpened(): void {
    if (this.#phase.kind === 'leaving') {
      sometimes('a stock client is told to go while its document is loaded')
      return
    }
    const document = this.#document
    assert(this.#phase.kind === 'loading' && document !== null, 'a document opened for nobody')
    const phase = this.#createOpen(document)
    this.#phase = phase
    this.#sendStep1(document)
    // Before the others' states are sent, so that a client that came back does not receive its own of before.
    this.#receiveHeld()
    if (this.#phase === phase) phase.presenceFeed.introduce()
  }

  #createOpen(document: Document): OpenPhase {
    const outgoing = this.#outgoing
    const reader = new Reader({
      document,
      outgoing,
      commitBytesMax: this.#deps.limits.bufferedBytesMax,
      sendEntries: (entries) => this.#sendUpdate(mergeAll(entries.map(({ update }) => update))),
      onGone: () => this.#startFromDifference(document, reader, nothing),
      onReady: () => this.#pump(),
    })
    const presence = new YWebsocketPresence(document.presence, this, this.#deps.limits)
    const presenceFeed = new PresenceFeed({
      reader: this,
      presence: document.presence,
      outgoing,
      send: (change) => this.#sendPresence(presence, change),
      staleMax: this.#deps.limits.presenceStaleMax,
      onStale: (ended) => this.#end(ended),
    })
    return { kind: 'open', document, reader, presence, presenceFeed }
  }

  // What goes down.

  #answerStep1(phase: OpenPhase, stateVector: Uint8Array): void {
    // One at a time, and not one after the other: each makes the replayer load the document.
    if (this.#isDiffering) return
    this.#differences.run(() => {
      if (this.#phase === phase && !this.#isDiffering) this.#sendAnswer(phase, stateVector)
    })
  }

  #sendAnswer({ document, reader }: OpenPhase, stateVector: Uint8Array): void {
    if (reader.isStopped) return this.#startFromDifference(document, reader, stateVector)
    // It has yet to read what it was sent. Those that ask again and again do so later, too.
    if (this.#outgoing.isFull) return
    this.#sendDifference(document, stateVector, () => {})
  }

  #startFromDifference(document: Document, reader: Reader, stateVector: Uint8Array): void {
    this.#sendDifference(document, stateVector, (seq) => {
      reader.start(seq)
      this.#pump()
    })
  }

  #sendDifference(document: Document, stateVector: Uint8Array, sent: (seq: number) => void): void {
    this.#isDiffering = true
    document.inquiries.difference(stateVector, 'v1', (difference) => {
      this.#isDiffering = false
      if (this.#phase.kind !== 'open') return
      if ('code' in difference) return this.#end(difference)
      this.#outgoing.addAnswer(encodeStep2(difference.bytes))
      sent(difference.seq)
    })
  }

  committed(commit: Commit<Attached>): void {
    if (this.#phase.kind !== 'open') return
    const { reader } = this.#phase
    if (!reader.takes(commit)) return reader.missed()
    const isAllOwn = commit.runs.every((run) => run.author === this || run.updates.length === 0)
    if (!isAllOwn) this.#outgoing.add(commit.encodedOnce(encodeMerged), 1)
    reader.took(commit)
  }

  #sendUpdate(update: Uint8Array): void {
    this.#outgoing.add(encodeUpdate(update), 1)
  }

  #pump(): void {
    const phase = this.#phase
    if (phase.kind !== 'open') return
    while (this.#outgoing.hasRoom && phase.reader.step());
    if (this.#outgoing.hasRoom) phase.presenceFeed.catchUp()
  }

  /** Stock clients leave when they have heard nothing for 30 s, and a WebSocket ping is nothing to them. */
  #keepAlive(): void {
    this.#cancelKeepAlive = this.#deps.clock.after(this.#deps.limits.keepAliveMs, () => {
      if (this.sentBytes === this.#sentBytesSeen) this.#outgoing.add(emptyAwareness, 1)
      this.#sentBytesSeen = this.sentBytes
      this.#keepAlive()
    })
  }

  // What comes up.

  #push(phase: OpenPhase, update: Uint8Array): void {
    if (isEmptyUpdate(update)) return
    if (!this.#permit.mayWrite) return this.#pushReadOnly(phase, update)
    const outcome = phase.document.push(this, ++this.#batch, update, 'y-websocket')
    switch (outcome.kind) {
      case 'taken':
        return
      case 'gap':
        return this.#askForAll(phase.document)
      case 'refused':
        this.#reportRefusal(phase.document, outcome.refusal)
        return this.#end(outcome.refusal)
    }
  }

  /** A reader that only repeats what is known does nothing wrong: the protocol makes it do so. */
  #pushReadOnly({ document }: OpenPhase, update: Uint8Array): void {
    if (!document.addsTo(update)) return
    this.#reportRefusal(document, {
      code: 'update/read-only',
      message: 'no write access',
      retryAfterMs: null,
    })
    this.#outgoing.add(encodePermissionDenied('no write access'), 1)
  }

  #askForAll(document: Document): void {
    const ask = (): void => {
      if (this.#phase.kind === 'open') this.#sendStep1(document)
    }
    this.#resyncs.run(() => document.onceKnown(ask))
  }

  #sendStep1(document: Document): void {
    this.#hasClaimedAhead = document.isAhead
    this.#outgoing.add(encodeStep1(document.stateVector()), 1)
  }

  #reportRefusal({ id }: Document, { code, message }: Ended): void {
    this.#deps.onEvent({ type: 'update-refused', document: id, principal: this.principal, code, message })
  }

  refused(_batch: number, _bytes: number, refusal: Ended): void {
    this.#end(refusal)
  }

  /** It can be asked again, when the log has said what it has. */
  admittedInVain(): void {}

  recovered(): void {
    if (this.#phase.kind !== 'open' || !this.#hasClaimedAhead) return
    sometimes('a stock client was told that the log has what it then did not take')
    this.#askForAll(this.#phase.document)
  }

  // Presence.

  #receivedAwareness(
    { document, presence }: OpenPhase,
    entries: Parameters<YWebsocketPresence['received']>[0],
  ): void {
    for (const id of presence.received(entries)) {
      this.#deps.onEvent({ type: 'presence-ignored', document: document.id, principal: this.principal, id })
    }
  }

  presenceChanged(change: PresenceChange): void {
    if (this.#phase.kind === 'open') this.#phase.presenceFeed.changed(change)
  }

  presenceDue(): void {
    if (this.#phase.kind === 'open') this.#phase.presenceFeed.due()
  }

  #sendPresence(presence: YWebsocketPresence, change: PresenceChange): void {
    const states = change.forStockClients()
    const news = presence.newsIn(states)
    if (news.length > 0)
      this.#outgoing.add(news === states ? change.awarenessFrame() : encodeAwareness(news), 1)
  }

  // The end.

  documentEnded(ended: Ended): void {
    this.#end(ended)
  }

  #end({ code, message, retryAfterMs }: Ended): void {
    this.end(code, message, retryAfterMs)
  }

  leave(): void {
    if (this.#phase.kind !== 'closed') this.#phase = { kind: 'leaving' }
  }

  end(code: ErrorCode, message: string, retryAfterMs: number | null): void {
    if (this.#phase.kind === 'closed') return
    if (code === 'access/denied') this.#outgoing.add(encodePermissionDenied(message), 1)
    this.#outgoing.end()
    this.#deps.socket.close(yWebsocketCloseCodeOf(code, retryAfterMs), code)
    this.#close(code)
  }

  #overflowed(): void {
    this.#deps.socket.terminate()
    this.#close('relay/overloaded')
  }

  #close(code: ErrorCode | null): void {
    if (this.#phase.kind === 'closed') return
    this.#phase = { kind: 'closed' }
    this.#permit.stop()
    this.#takeHeld()
    this.#cancelKeepAlive()
    this.#differences.stop()
    this.#resyncs.stop()
    this.#outgoing.drop()
    this.#document?.detach(this)
    this.#deps.onClosed(this, code)
  }
}

function encodeMerged(updates: readonly Uint8Array[]): Uint8Array {
  return encodeUpdate(mergeAll(updates))
}

function mergeAll(updates: readonly Uint8Array[]): Uint8Array {
  const [only] = updates
  return only && updates.length === 1 ? only : merge(updates)
}

const nothing: Uint8Array = Uint8Array.of(0)
const emptyAwareness: Uint8Array = encodeAwareness([])
const heldFrameBytes = 100
