import { type Clock, type Random, TidemarkError, type Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import {
  type ClientMessage,
  type ConnectionLimits,
  closeCodes,
  decodeRelayFrame,
  protocolVersion,
  type RelayMessage,
} from '@tidemark/protocol'
import type { ClientStatus, Token } from './api.ts'
import { type Backoff, createBackoff } from './backoff.ts'
import { createFrameWriter, type FrameWriter } from './frame-writer.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { comeBackMs, connectMsMax, limitsBeforeWelcome, lingerMs, stableMs } from './limits.ts'
import type { Connect, Environment, EnvironmentEvent, Transport } from './ports.ts'
import type { Link } from './session.ts'

export interface ConnectionDeps {
  readonly url: string
  readonly token: Token
  readonly clock: Clock
  readonly random: Random
  readonly connect: Connect
  readonly environment: Environment
  changed(): void
  report(error: TidemarkError): void
}

/** A document's side of the connection. */
export interface Member {
  /** The connection is open: its first frame is being gathered. */
  linked(link: Link): void
  unlinked(): void
  received(message: RelayMessage): void
}

export interface Connection {
  readonly status: ClientStatus
  /** While there is a member, the connection is kept up. */
  join(member: Member): Unsubscribe
  disconnect(): void
  connect(): void
  reconnect(): void
  close(): void
}

type Phase =
  /** No document is open. */
  | { readonly kind: 'idle' }
  /** `disconnect()` was called. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'waiting'; readonly cancel: Unsubscribe }
  | { readonly kind: 'connecting'; transport: Transport | null; readonly cancel: Unsubscribe }
  | Open
  /** The two ends share no version of the protocol. */
  | { readonly kind: 'refused'; readonly error: TidemarkError }
  | { readonly kind: 'closed' }

interface Open {
  readonly kind: 'open'
  readonly transport: Transport
  readonly frames: FrameWriter
  readonly heartbeat: Heartbeat
  readonly cancelStable: Unsubscribe
  limits: ConnectionLimits
  readonly bySession: Map<number, Member>
  readonly byChannel: Map<number, Member>
  nextSession: number
  cancelLinger: Unsubscribe | null
  /** What `go-away` said. */
  leaving: TidemarkError | null
}

/**
 * One WebSocket for all documents, as long as one is open.
 *
 *     idle ──join──▶ connecting ──opened──▶ open ──last member left, lingers──▶ idle
 *                      ▲   │                  │
 *           delay over │   ▼ failed           ▼ closed, silent, go-away
 *                     waiting ◀───────────────┘ ──no common version──▶ refused
 *
 *     disconnect() ▶ cut ─connect()▶ connecting       close() ▶ closed
 *
 * A socket that was given up may still call: it is compared with the phase, and ignored.
 */
export function createConnection(deps: ConnectionDeps): Connection {
  const { clock, environment } = deps
  const members = new Set<Member>()
  const backoff: Backoff = createBackoff(deps.random)
  const stopListening = environment.subscribe(onEnvironment)
  let phase: Phase = { kind: 'idle' }
  let isUndialableTold = false

  /** Leaves the present phase for another; what belongs to it ends with it. */
  function enter(next: Phase, code: number = closeCodes.normal): void {
    const before = phase
    phase = next
    switch (before.kind) {
      case 'waiting':
        before.cancel()
        break
      case 'connecting':
        before.cancel()
        before.transport?.close(code, '')
        break
      case 'open':
        before.frames.flush()
        before.frames.end()
        before.heartbeat.stop()
        before.cancelStable()
        before.cancelLinger?.()
        before.transport.close(code, '')
        for (const member of members) member.unlinked()
        break
      case 'idle':
      case 'cut':
      case 'refused':
      case 'closed':
        break
    }
    deps.changed()
  }

  // Dialling.

  function dial(): void {
    const connecting: Phase = {
      kind: 'connecting',
      transport: null,
      cancel: clock.after(connectMsMax, lost),
    }
    enter(connecting)
    askForToken((token) => {
      if (phase !== connecting) return
      connecting.transport = deps.connect(deps.url, {
        opened() {
          if (phase === connecting && connecting.transport) opened(connecting.transport, token)
        },
        received: (frame) => received(connecting.transport, frame),
        closed: (code, reason) => closed(connecting, code, reason),
      })
    })
  }

  /** A token that cannot be had now is asked for again with the next try. */
  function askForToken(then: (token: string) => void): void {
    const { token } = deps
    if (typeof token === 'string') return then(token)
    const before = phase
    new Promise<string>((resolve) => resolve(token()))
      .then(checkToken)
      .then(then)
      .catch((cause: unknown) => {
        if (phase !== before) return
        bad(new TidemarkError('access/unavailable', 'the token could not be had', { cause }))
      })
  }

  function opened(transport: Transport, token: string): void {
    if (phase.kind !== 'connecting') return
    phase.cancel()
    const open: Open = {
      kind: 'open',
      transport,
      frames: createFrameWriter(clock, (frame) => transport.send(frame)),
      heartbeat: createHeartbeat({
        clock,
        ping: (nonce) => open.frames.add({ type: 'ping', nonce }),
        silent,
      }),
      cancelStable: clock.after(stableMs, () => backoff.succeeded()),
      limits: limitsBeforeWelcome,
      bySession: new Map(),
      byChannel: new Map(),
      nextSession: 1,
      cancelLinger: null,
      leaving: null,
    }
    phase = open
    deps.changed()
    open.frames.add({ type: 'hello', version: protocolVersion, token })
    for (const member of [...members]) member.linked(linkFor(open, member))
  }

  function linkFor(open: Open, member: Member): Link {
    return {
      get limits() {
        return open.limits
      },
      nextSession() {
        open.bySession.set(open.nextSession, member)
        return open.nextSession++
      },
      release(session) {
        open.bySession.delete(session)
        for (const [channel, owner] of open.byChannel) if (owner === member) open.byChannel.delete(channel)
      },
      send: (message: ClientMessage) => open.frames.add(message),
      fail(error) {
        if (phase === open) bad(error)
      },
    }
  }

  // Losing it.

  function closed({ transport }: Phase & { kind: 'connecting' }, code: number, reason: string): void {
    if (phase.kind === 'connecting' && phase.transport === transport) tellUndialable(code, reason)
    if ((phase.kind === 'connecting' || phase.kind === 'open') && phase.transport === transport) lost()
  }

  /** The platform did not even try: the address is none, or there is no WebSocket. Only the app's author can mend that. */
  function tellUndialable(code: number, reason: string): void {
    if (isUndialableTold || code !== closeCodes.internalError) return
    isUndialableTold = true
    deps.report(new TidemarkError('connection/refused', `${deps.url} cannot be dialled: ${reason}`))
  }

  /** What was open or on its way is over. Comes back after a while, unless that is useless. */
  function lost(): void {
    const leaving = phase.kind === 'open' ? phase.leaving : null
    if (leaving?.code === 'connection/version') return enter({ kind: 'refused', error: leaving })
    // All else may be different when somebody has looked at it: a page stays open for weeks.
    const delayMs = leaving ? (leaving.retryAfterMs ?? comeBackMs) : 0
    if (members.size === 0) return enter({ kind: 'idle' })
    wait(delayMs + backoff.failed())
  }

  function silent(): void {
    sometimes('a silent connection is given up')
    lost()
  }

  function wait(delayMs: number): void {
    enter({ kind: 'waiting', cancel: clock.after(delayMs, dial) })
  }

  // Receiving.

  function received(transport: Transport | null, frame: Uint8Array): void {
    if (phase.kind !== 'open' || phase.transport !== transport) {
      sometimes('a frame arrives from a connection that was given up')
      return
    }
    const open = phase
    open.heartbeat.received()
    const decoded = decodeRelayFrame(frame)
    if (decoded.kind === 'malformed') return bad(new TidemarkError(decoded.code, decoded.reason))
    for (const message of decoded.messages) {
      if (phase !== open) return
      try {
        route(open, message)
      } catch (cause) {
        // Ours is the mistake. A fresh session can do no harm, and mostly goes on.
        bad(new TidemarkError('session/protocol', `failed on ${message.type}`, { cause }))
      }
    }
  }

  function bad(error: TidemarkError): void {
    deps.report(error)
    lost()
  }

  function route(open: Open, message: RelayMessage): void {
    switch (message.type) {
      case 'welcome':
        open.limits = message.limits
        open.frames.limit(message.limits.frameBytesMax)
        open.heartbeat.limit(message.limits.idleMsMax)
        return
      case 'go-away': {
        const { code, message: text, retryAfterMs } = message
        open.leaving = new TidemarkError(code, text, { retryAfterMs })
        if (retryAfterMs === null) deps.report(open.leaving)
        return
      }
      case 'pong':
        return open.heartbeat.answered(message.nonce)
      case 'entries':
      case 'presence-changed':
        return open.byChannel.get(message.channel)?.received(message)
      case 'opened': {
        const member = open.bySession.get(message.session)
        if (member) open.byChannel.set(message.channel, member)
        return member?.received(message)
      }
      default:
        return open.bySession.get(message.session)?.received(message)
    }
  }

  // The world.

  function onEnvironment(event: EnvironmentEvent): void {
    if (event === 'hidden') return
    if (phase.kind === 'open') phase.heartbeat.doubt()
    else if (phase.kind === 'waiting' && event !== 'offline') {
      sometimes('a page that comes back does not wait for its next try')
      dial()
    }
    deps.changed()
  }

  function connect(): void {
    if (phase.kind === 'closed' || phase.kind === 'open' || phase.kind === 'connecting') return
    if (members.size === 0) enter({ kind: 'idle' })
    else dial()
  }

  function leaveLater(open: Open): void {
    open.cancelLinger = clock.after(lingerMs, () => {
      if (phase === open) {
        sometimes('a connection ends because no document is open')
        enter({ kind: 'idle' })
      }
    })
  }

  return {
    get status() {
      return {
        connection: describe(phase, environment),
        error: phase.kind === 'refused' ? phase.error : null,
      }
    },
    join(member) {
      members.add(member)
      if (phase.kind === 'idle') dial()
      else if (phase.kind === 'open') {
        phase.cancelLinger?.()
        phase.cancelLinger = null
        member.linked(linkFor(phase, member))
      }
      return () => {
        members.delete(member)
        if (members.size > 0) return
        if (phase.kind === 'open') leaveLater(phase)
        else if (phase.kind === 'waiting' || phase.kind === 'connecting') {
          sometimes('the last document is closed while there is no connection')
          enter({ kind: 'idle' })
        }
      }
    },
    disconnect() {
      if (phase.kind !== 'closed') enter({ kind: 'cut' })
    },
    connect,
    reconnect() {
      if (phase.kind === 'closed' || phase.kind === 'cut') return
      enter({ kind: 'idle' })
      backoff.succeeded()
      connect()
    },
    close() {
      stopListening()
      enter({ kind: 'closed' }, closeCodes.goingAway)
      members.clear()
    },
  }
}

/** What an app's code gives, whatever its types say: it would fail where nobody could tell the app. */
function checkToken(token: unknown): string {
  if (typeof token === 'string') return token
  throw new TypeError(`a token that is no string: ${typeof token}`)
}

function describe(phase: Phase, { online }: Environment): ClientStatus['connection'] {
  switch (phase.kind) {
    case 'cut':
    case 'waiting':
      return 'offline'
    case 'connecting':
      return online ? 'connecting' : 'offline'
    default:
      return phase.kind
  }
}
