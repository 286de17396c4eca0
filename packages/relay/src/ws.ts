import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, closeReason, subprotocol } from '@tidemark/protocol'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { ConnectionDialect, ConnectionInput, Socket } from './ports.ts'
import type { Relay } from './relay.ts'
import { routeOf } from './route.ts'

export interface AttachOptions {
  /** Where WebSockets of native clients are taken. Default `/`: anywhere. */
  readonly path?: string
  /** Where stock y-websocket clients connect; what follows names the document. Default: `path`. */
  readonly yWebsocketPath?: string
  /** The query parameter that carries a y-websocket client's token. Default `token`. */
  readonly tokenParameter?: string
}

export interface AttachedRelay {
  /** Takes no more WebSockets from the server. Those that are open stay: `relay.drain()` ends them. */
  detach(): void
}

/**
 * Serves `relay` on an HTTP server: native clients by their subprotocol, all others as y-websocket clients by URL path.
 * Upgrades to other paths are left to the server's other listeners, and refused when there are none.
 */
export function attachRelay(relay: Relay, server: Server, options: AttachOptions = {}): AttachedRelay {
  const paths = {
    path: options.path ?? '/',
    yWebsocketPath: options.yWebsocketPath ?? options.path ?? '/',
    tokenParameter: options.tokenParameter ?? 'token',
  }
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // One more than the relay accepts, so that the relay can say what is wrong with the smallest that is too large.
    maxPayload: relay.limits.frameBytesMax + 1,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : ([...offered][0] ?? false)),
  })
  const pinger = createPinger(relay.limits.idleMsMax / 3)
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const route = routeOf(request.url ?? '/', request.headers['sec-websocket-protocol'], paths)
    if (route) {
      sockets.handleUpgrade(request, socket, head, (ws) => serve(relay, ws, socket, request, route, pinger))
    } else if (server.listenerCount('upgrade') === 1) {
      refuseUpgrade(socket)
    }
  }
  server.on('upgrade', upgrade)
  return {
    detach() {
      server.off('upgrade', upgrade)
      pinger.stop()
    },
  }
}

/** The server has let go of the socket: its errors are ours, and a peer that never closes its half must not keep it. */
function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

function serve(
  relay: Relay,
  ws: WebSocket,
  stream: Duplex,
  request: IncomingMessage,
  dialect: ConnectionDialect,
  pinger: Pinger,
): void {
  // Without a listener an error of one client's socket would take the process down. Its close event follows.
  ws.on('error', () => {})
  const socket = new WsSocket(ws, stream, relay.limits.bufferedBytesMax / 4)
  const address = request.socket.remoteAddress ?? ''
  const input = relay.accept(socket, dialect, { address, headers: request.headers })
  socket.input = input
  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) input.received(data as Buffer)
    else ws.close(closeCodes.unsupported, 'binary messages only')
  })
  ws.on('pong', () => input.heard())
  ws.on('close', () => {
    pinger.remove(ws)
    input.closed()
  })
  // Stock clients may be silent for ever: their pongs tell that they are there. Ours send pings of their own.
  if (dialect.dialect === 'y-websocket') pinger.add(ws)
}

/** The relay's view of a socket of the `ws` package. */
class WsSocket implements Socket {
  input: ConnectionInput | null = null
  readonly #ws: WebSocket
  readonly #stream: Duplex
  readonly #largeBytes: number
  readonly #sent = (): void => this.input?.drained()

  /** `largeBytes`: below this nobody can be waiting for the socket to drain, so nobody is told. */
  constructor(ws: WebSocket, stream: Duplex, largeBytes: number) {
    this.#ws = ws
    this.#stream = stream
    this.#largeBytes = largeBytes
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  send(frame: Uint8Array): void {
    if (frame.length + this.#ws.bufferedAmount < this.#largeBytes) this.#ws.send(frame)
    else this.#ws.send(frame, this.#sent)
  }

  sendAll(frames: readonly Uint8Array[]): void {
    this.#stream.cork()
    for (const frame of frames) this.send(frame)
    this.#stream.uncork()
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, closeReason(reason))
  }

  terminate(): void {
    this.#ws.terminate()
  }
}

interface Pinger {
  add(ws: WebSocket): void
  remove(ws: WebSocket): void
  stop(): void
}

function createPinger(everyMs: number): Pinger {
  const sockets = new Set<WebSocket>()
  const timer = setInterval(() => {
    for (const ws of sockets) ws.ping()
  }, everyMs)
  timer.unref()
  return {
    add: (ws) => sockets.add(ws),
    remove: (ws) => sockets.delete(ws),
    stop: () => clearInterval(timer),
  }
}
