import { type Clock, type ErrorCode, isDocumentId, type Random, type Unsubscribe } from '@tidemark/base'
import {
  type ClientMessage,
  type ConnectionLimits,
  decodeClientFrame,
  encodeRelayMessage,
  type Hello,
  type Open,
  protocolVersion,
  type RelayMessage,
} from '@tidemark/protocol'
import { type AccessDecision, unavailable } from './access.ts'
import { closeCodeOf } from './close-code.ts'
import type { Document } from './document.ts'
import { EarlyRoom, type SessionMessage } from './early-messages.ts'
import type { RelayEvent } from './events.ts'
import type { RelayLimits } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import type { AccessRequest, ConnectionInput, ConnectionRequest, Dialect, Socket } from './ports.ts'
import { Session } from './session.ts'
import type { Turn } from './turn.ts'

/** What a connection needs of its relay. */
export interface ConnectionDeps {
  readonly socket: Socket
  readonly request: ConnectionRequest
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly limits: RelayLimits
  readonly decideAccess: (request: AccessRequest, decided: (decision: AccessDecision) => void) => void
  /** null: there are as many in memory as there may be. */
  readonly document: (id: string) => Document | null
  readonly onEvent: (event: RelayEvent) => void
  /** Called once, however the connection ends. */
  readonly onClosed: (connection: Connection, code: ErrorCode | null) => void
}

/** A connection, as the relay sees it in either dialect. */
export interface Connection extends ConnectionInput {
  readonly dialect: Dialect
  readonly sessions: number
  readonly sentBytes: number
  /** Called once, when the relay knows of it. */
  start(): void
  /** Whether anything was heard since the last call. */
  takeHeard(): boolean
  /** Tells the client that the relay is about to close, and hears no more of it. Acks still go out. */
  leave(code: ErrorCode, message: string, retryAfterMs: number | null): void
  /** Tells the client, unless `leave` has, and closes. */
  end(code: ErrorCode, message: string, retryAfterMs: number | null): void
  /** Asks again for every session that `match` accepts; nothing is taken from it until the answer. */
  reauthorize(match: (document: string, principal: string | null) => boolean): void
}

type Phase =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'open'; readonly token: string }
  /** Told to go; what was under way is still answered. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'closed' }

/**
 * One native WebSocket with its sessions.
 *
 *     greeting ──hello──▶ open ──▶ (leaving) ──▶ closed
 *
 * Whatever is wrong with the connection itself ends it with a `go-away` that says so; whatever is wrong with one document
 * ends that session only.
 */
export class NativeConnection implements Connection {
  readonly dialect = 'native'
  readonly #deps: ConnectionDeps
  readonly #outgoing: Outgoing
  readonly #earlyRoom: EarlyRoom
  #phase: Phase = { kind: 'greeting' }
  /** By the client's number; from `open` on, also while access is being decided. */
  readonly #sessions = new Map<number, Session>()
  #cancelFirstOpen: Unsubscribe = () => {}
  /** Questions to the owner that are not answered yet, also those of sessions that have ended since. */
  #authorizing = 0
  #heard = true

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
    const { socket, turn, limits } = deps
    this.#earlyRoom = new EarlyRoom(limits.openingBytesMax)
    this.#outgoing = new Outgoing({
      socket,
      turn,
      limits,
      framing: 'joined',
      onRoom: () => this.#pump(),
      onOverflow: () => this.#overflowed(),
    })
  }

  start(): void {
    const { clock, limits } = this.#deps
    this.#cancelFirstOpen = clock.after(limits.firstOpenMsMax, () => {
      this.end('connection/unauthenticated-too-long', 'no document was opened', null)
    })
  }

  get sessions(): number {
    return this.#sessions.size
  }

  get sentBytes(): number {
    return this.#outgoing.sentBytes
  }

  heard(): void {
    this.#heard = true
  }

  takeHeard(): boolean {
    const heard = this.#heard
    this.#heard = false
    return heard
  }

  received(frame: Uint8Array): void {
    if (this.#phase.kind === 'closed') return
    this.#heard = true
    const decoded = decodeClientFrame(frame, this.#deps.limits)
    if (decoded.kind === 'malformed') {
      return this.end(decoded.code, `${decoded.reason} (byte ${decoded.offset})`, null)
    }
    for (const message of decoded.messages) this.#receivedMessage(message)
  }

  drained(): void {
    this.#outgoing.drained()
  }

  #pump(): void {
    for (const session of this.#sessions.values()) session.drained()
  }

  closed(): void {
    if (this.#phase.kind !== 'closed') this.#close(null)
  }

  leave(code: ErrorCode, message: string, retryAfterMs: number | null): void {
    if (this.#phase.kind === 'closed' || this.#phase.kind === 'leaving') return
    this.#send({ type: 'go-away', code, message, retryAfterMs })
    this.#phase = { kind: 'leaving' }
  }

  end(code: ErrorCode, message: string, retryAfterMs: number | null): void {
    if (this.#phase.kind === 'closed') return
    this.leave(code, message, retryAfterMs)
    this.#outgoing.end()
    this.#deps.socket.close(closeCodeOf(code), code)
    this.#close(code)
  }

  reauthorize(match: (document: string, principal: string | null) => boolean): void {
    for (const session of [...this.#sessions.values()]) {
      const principal = session.isGranted ? session.principal : null
      if (match(session.open.document, principal)) session.doubt()
    }
  }

  #receivedMessage(message: ClientMessage): void {
    const phase = this.#phase
    switch (phase.kind) {
      case 'leaving':
      case 'closed':
        return
      case 'greeting':
        if (message.type === 'hello') return this.#hello(message)
        return this.end('connection/bad-frame', `${message.type} before hello`, null)
      case 'open':
        return this.#receivedOpen(message)
    }
  }

  #hello({ version, token }: Hello): void {
    if (version < 1) return this.end('connection/version', `version ${version} is not spoken here`, null)
    this.#phase = { kind: 'open', token }
    const limits = connectionLimitsOf(this.#deps.limits)
    this.#send({ type: 'welcome', version: Math.min(version, protocolVersion), limits })
  }

  #receivedOpen(message: ClientMessage): void {
    switch (message.type) {
      case 'hello':
        return this.end('connection/bad-frame', 'a second hello', null)
      case 'ping':
        return this.#send({ type: 'pong', nonce: message.nonce })
      case 'open':
        return this.#open(message)
      case 'close':
        return this.#sessions.get(message.session)?.close()
      case 'state':
      case 'push':
      case 'presence-update':
      case 'verify':
        return this.#toSession(message)
    }
  }

  // Sessions.

  #open(open: Open): void {
    if (this.#sessions.has(open.session)) {
      return this.end('session/protocol', `session ${open.session} was opened twice`, null)
    }
    const wrong = this.#whyNot(open)
    if (wrong) {
      const closed = { type: 'closed', session: open.session, ...wrong, retryAfterMs: null } as const
      return this.#send(closed)
    }
    const session = this.#createSession(open)
    this.#sessions.set(open.session, session)
    session.start()
  }

  #whyNot({ document }: Open): { readonly code: ErrorCode; readonly message: string } | null {
    if (!isDocumentId(document))
      return { code: 'document/bad-id', message: 'this cannot be the name of a document' }
    if (this.#sessions.size >= this.#deps.limits.sessionsMax) {
      return {
        code: 'connection/too-many-sessions',
        message: `at most ${this.#deps.limits.sessionsMax} on a connection`,
      }
    }
    for (const { open } of this.#sessions.values()) {
      if (open.document === document) {
        return { code: 'session/protocol', message: 'the document is open on this connection' }
      }
    }
    return null
  }

  #decideAccess({ document, access }: Open, decided: (decision: AccessDecision) => void): void {
    if (this.#phase.kind !== 'open') return
    const { request, limits } = this.#deps
    if (this.#authorizing >= limits.authorizingMax) return decided(unavailable)
    const { token } = this.#phase
    this.#authorizing++
    this.#deps.decideAccess({ ...request, document, access, token, dialect: 'native' }, (decision) => {
      this.#authorizing--
      decided(decision)
    })
  }

  #createSession(open: Open): Session {
    const { limits, onEvent, clock, random, document } = this.#deps
    return new Session({
      open,
      document,
      decideAccess: (asked, decided) => this.#decideAccess(asked, decided),
      outgoing: this.#outgoing,
      earlyRoom: this.#earlyRoom,
      limits,
      clock,
      random,
      onEvent,
      onGranted: () => this.#cancelFirstOpen(),
      onClosed: () => this.#sessions.delete(open.session),
    })
  }

  // A session that the relay has just closed may still be named by what was under way: that is nobody's fault.
  #toSession(message: SessionMessage): void {
    this.#sessions.get(message.session)?.received(message)
  }

  #send(message: RelayMessage): void {
    this.#outgoing.add(encodeRelayMessage(message), 1)
  }

  #overflowed(): void {
    this.#deps.socket.terminate()
    this.#close('relay/overloaded')
  }

  #close(code: ErrorCode | null): void {
    if (this.#phase.kind === 'closed') return
    this.#phase = { kind: 'closed' }
    this.#cancelFirstOpen()
    this.#outgoing.drop()
    for (const session of [...this.#sessions.values()]) session.close()
    this.#deps.onClosed(this, code)
  }
}

function connectionLimitsOf(limits: RelayLimits): ConnectionLimits {
  const { frameBytesMax, updateBytesMax, windowBytesMax, sessionsMax, presenceBytesMax, idleMsMax } = limits
  return { frameBytesMax, updateBytesMax, windowBytesMax, sessionsMax, presenceBytesMax, idleMsMax }
}
