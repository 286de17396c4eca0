import {
  assert,
  type Clock,
  type DocumentId,
  type ErrorCode,
  type Principal,
  type Random,
  type RandomBytes,
  type TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { UpdateLog } from '@tidemark/log'
import { assertConnectionLimits } from '@tidemark/protocol'
import { type AccessDeps, decideAccess, everybodyMayWrite } from './access.ts'
import { CompactionQueue } from './compaction.ts'
import { type Connection, type ConnectionDeps, NativeConnection } from './connection.ts'
import type { RelayEvent } from './events.ts'
import { watchFailures } from './failure-watch.ts'
import { type RelayLimits, relayLimitsDefault } from './limits.ts'
import { DocumentLoader } from './loading.ts'
import { OpenSockets } from './open-sockets.ts'
import type { Authorize, ConnectionDialect, ConnectionInput, ConnectionRequest, Socket } from './ports.ts'
import { Registry } from './registry.ts'
import { ReplayWork } from './replay-work.ts'
import type { Replayer } from './replayer.ts'
import { SnapshotCache } from './snapshot-cache.ts'
import { Turn } from './turn.ts'
import { YWebsocketConnection } from './y-websocket-connection.ts'

export interface RelayPorts {
  readonly log: UpdateLog
  readonly replayer: Replayer
  readonly clock: Clock
  readonly random: Random
  readonly randomBytes: RandomBytes
}

export interface RelayOptions {
  /** Default: everybody may write. */
  readonly authorize?: Authorize
  readonly limits?: Partial<RelayLimits>
  readonly onEvent?: (event: RelayEvent) => void
}

export interface RelayStats {
  readonly state: 'running' | 'draining' | 'closed' | 'failed'
  readonly connections: number
  readonly sessions: number
  readonly documents: number
  /** Bytes of updates that wait for the log. */
  readonly inFlightBytes: number
  /** Bytes of recent entries in memory. */
  readonly tailBytes: number
  readonly entriesAppended: number
  readonly updatesRefused: number
  readonly sentBytes: number
}

/**
 * A relay: merges nothing, owns nothing but what its log holds, and serves who its owner lets in.
 *
 * Synchronous but for its ports. The edges (`@tidemark/relay/ws`, the simulator) accept sockets and hand them over.
 */
export class Relay {
  readonly #ports: RelayPorts
  readonly #limits: RelayLimits
  readonly #access: AccessDeps
  readonly #onEvent: (event: RelayEvent) => void
  readonly #turn: Turn
  readonly #documents: Registry
  readonly #compactions: CompactionQueue
  readonly #connections = new Set<Connection>()
  readonly #quiet = new Map<Connection, number>()
  readonly #sockets: OpenSockets
  #state: RelayStats['state'] = 'running'
  #cancelSweep: Unsubscribe | null = null
  #whenDrained: (() => void)[] = []
  #sentBytes = 0
  #updatesRefused = 0
  #entriesAppended = 0

  constructor(ports: RelayPorts, options: RelayOptions = {}) {
    const limits = { ...relayLimitsDefault, ...options.limits }
    assertConnectionLimits(limits)
    assert(
      limits.terminateBytesMax >= limits.updateBytesMax + 2 * limits.bufferedBytesMax,
      'terminateBytesMax must hold one update beside twice bufferedBytesMax',
    )
    this.#ports = ports
    this.#limits = limits
    this.#sockets = new OpenSockets(limits)
    this.#turn = new Turn(ports.clock, () => this.#considerDrained())
    const listener = options.onEvent ?? (() => {})
    this.#onEvent = (event) => this.#report(event, listener)
    const { log, replayer, clock, randomBytes } = ports
    const onEvent = this.#onEvent
    const workLog = watchFailures(log, (document, failure) => this.#documents.failed(document, failure))
    const replay = new ReplayWork(workLog, replayer, limits.readBytes)
    this.#compactions = new CompactionQueue({ log: workLog, replayer, replay, clock, limits, onEvent })
    this.#access = {
      authorize: options.authorize ?? everybodyMayWrite,
      clock,
      timeoutMs: limits.authorizeMsMax,
      onFailed: ({ document }, message) => onEvent({ type: 'authorize-failed', document, message }),
    }
    this.#documents = new Registry({
      log,
      loader: new DocumentLoader(log, limits),
      snapshots: new SnapshotCache({ log, clock, limits }),
      clock,
      turn: this.#turn,
      randomBytes,
      limits,
      replay,
      compactions: this.#compactions,
      onEvent,
      onFailed: (error) => this.#failed(error),
      onAppended: (entries) => {
        this.#entriesAppended += entries
      },
    })
  }

  get limits(): RelayLimits {
    return this.#limits
  }

  /** Takes over a WebSocket that was just accepted. The edge calls what is returned, and closes nothing by itself. */
  accept(socket: Socket, dialect: ConnectionDialect, request: ConnectionRequest): ConnectionInput {
    const connection = this.#connect(socket, dialect, request)
    this.#connections.add(connection)
    this.#onEvent({ type: 'connection-opened', dialect: dialect.dialect, address: request.address })
    this.#sweepLater()
    const admission = this.#sockets.opened(request.address)
    if (this.#state !== 'running')
      connection.end('relay/draining', 'the relay is being restarted', this.#comeBackMs())
    else if (admission === 'too-many')
      connection.end('connection/too-many', 'too many connections are open', tooManyRetryMs)
    else connection.start()
    return this.#counted(connection, request.address)
  }

  /** What the edge is given: the socket counts until the edge says that it is gone. */
  #counted(connection: Connection, address: string): ConnectionInput {
    let isOpen = true
    return {
      received: (frame) => connection.received(frame),
      drained: () => connection.drained(),
      heard: () => connection.heard(),
      closed: () => {
        if (isOpen) this.#sockets.closed(address)
        isOpen = false
        connection.closed()
      },
    }
  }

  /**
   * Says that access may have changed: `authorize` is asked again for the open sessions of a document, of a principal, or
   * of both; without either, for all. From this call on nothing is taken from them, and after `authorizeMsMax` nothing is
   * sent to them, unless the answer says that they may. What was admitted before is stored.
   */
  reauthorize(which: { readonly document?: DocumentId; readonly principal?: Principal } = {}): void {
    const match = (document: DocumentId, principal: Principal | null): boolean =>
      isMeant(which.document, document) && isMeant(which.principal, principal)
    for (const connection of [...this.#connections]) connection.reauthorize(match)
  }

  /**
   * Takes no more connections, finishes what is on its way into the log, tells every client when to come back, and
   * resolves when all is said. The log stays open.
   */
  drain(): Promise<void> {
    if (this.#state === 'running') this.#beginDraining()
    return new Promise((resolve) => {
      this.#whenDrained.push(resolve)
      this.#considerDrained()
    })
  }

  /** Drains, then releases the relay's own resources; not the log. */
  async close(): Promise<void> {
    await this.drain()
    this.#state = this.#state === 'failed' ? 'failed' : 'closed'
    this.#cancelSweep?.()
    this.#compactions.close()
    await this.#ports.replayer.close()
  }

  stats(): RelayStats {
    const documents = [...this.#documents.all()]
    const sum = (of: (document: (typeof documents)[number]) => number): number =>
      documents.reduce((total, document) => total + of(document), 0)
    const connections = [...this.#connections]
    return {
      state: this.#state,
      connections: connections.length,
      sessions: sum((document) => document.sessions),
      documents: documents.length,
      inFlightBytes: sum((document) => document.inFlightBytes),
      tailBytes: sum((document) => document.tailBytes),
      entriesAppended: this.#entriesAppended,
      updatesRefused: this.#updatesRefused,
      sentBytes: connections.reduce((total, { sentBytes }) => total + sentBytes, this.#sentBytes),
    }
  }

  #connect(socket: Socket, dialect: ConnectionDialect, request: ConnectionRequest): Connection {
    const { clock, random } = this.#ports
    const deps: ConnectionDeps = {
      socket,
      request,
      clock,
      random,
      turn: this.#turn,
      limits: this.#limits,
      decideAccess: (asked, decided) => decideAccess(this.#access, asked, decided),
      document: (id) => this.#documents.open(id),
      onEvent: this.#onEvent,
      onClosed: (connection, code) => this.#closed(connection, request.address, code),
    }
    return dialect.dialect === 'native' ? new NativeConnection(deps) : new YWebsocketConnection(deps, dialect)
  }

  #closed(connection: Connection, address: string, code: ErrorCode | null): void {
    this.#connections.delete(connection)
    this.#quiet.delete(connection)
    this.#sentBytes += connection.sentBytes
    this.#onEvent({ type: 'connection-closed', dialect: connection.dialect, address, code })
  }

  // Silence. One timer for all: four looks within the idle limit.

  #sweepLater(): void {
    this.#cancelSweep ??= this.#ports.clock.after(this.#limits.idleMsMax / sweepsPerLimit, () =>
      this.#sweep(),
    )
  }

  #sweep(): void {
    this.#cancelSweep = null
    for (const connection of [...this.#connections]) {
      const quiet = connection.takeHeard() ? 0 : (this.#quiet.get(connection) ?? 0) + 1
      this.#quiet.set(connection, quiet)
      if (quiet >= sweepsPerLimit) sometimes('a client that is not heard of is given up')
      if (quiet >= sweepsPerLimit) connection.end('connection/idle', 'nothing was heard for too long', 0)
    }
    if (this.#connections.size > 0) this.#sweepLater()
  }

  // The end.

  #beginDraining(): void {
    this.#state = 'draining'
    for (const connection of [...this.#connections]) {
      connection.leave('relay/draining', 'the relay is being restarted', this.#comeBackMs())
    }
  }

  /** Looked at whenever a turn ends: by then the acks of what it committed have been written. */
  #considerDrained(): void {
    if (this.#whenDrained.length === 0) return
    const busy = this.#state !== 'failed' && [...this.#documents.all()].some((document) => !document.isQuiet)
    if (busy) return
    for (const connection of [...this.#connections]) connection.end('relay/draining', '', 0)
    const resolved = this.#whenDrained
    this.#whenDrained = []
    for (const resolve of resolved) resolve()
  }

  /** Spread over time, so that they do not all come back at once. */
  #comeBackMs(): number {
    return comeBackMsMin + this.#ports.random() * comeBackMsSpread
  }

  #failed(error: TidemarkError): void {
    if (this.#state === 'failed') return
    this.#state = 'failed'
    this.#onEvent({ type: 'failed', message: error.message })
    for (const connection of [...this.#connections])
      connection.end('log/failed', 'the disk failed', failedRetryMs)
  }

  #report(event: RelayEvent, listener: (event: RelayEvent) => void): void {
    if (event.type === 'update-refused') this.#updatesRefused++
    listener(event)
  }
}

/** null: not known yet. Who is being decided on is asked again, since that decision may be older than what changed. */
function isMeant(which: string | undefined, actual: string | null): boolean {
  return which === undefined || actual === null || which === actual
}

const sweepsPerLimit = 4
const comeBackMsMin = 500
const comeBackMsSpread = 2_000
const failedRetryMs = 5_000
const tooManyRetryMs = 10_000
