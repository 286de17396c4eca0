import type { Cursor } from '@tidemark/base'
import type { LoadSocket } from '../wire/load-socket.ts'

/** How sessions speak with a system: only as much of it as a load needs, and no Yjs document behind it. */
export interface Dialect {
  /** Connects and attaches to the document. Resolves when the WebSocket is open; `session.live` comes later. */
  join(options: JoinOptions): Promise<Session>
}

export interface JoinOptions extends SessionHooks {
  readonly port: number
  readonly document: string
  /** What this replica has already; without it, nothing. */
  readonly holds?: Holding
}

/** A replica that comes back. */
export interface Holding {
  readonly stateVector: Uint8Array
  /** What the holder of a state vector lacks of it: a V1 update. */
  difference(stateVector: Uint8Array): Uint8Array
  /** Where it stands in Tidemark's log. */
  readonly cursor: Cursor | null
}

/** All bytes given are only valid during the call. */
export interface SessionHooks {
  /** A V1 update arrived. */
  readonly onUpdate?: (update: Uint8Array) => void
  /** A whole snapshot arrived, as Tidemark sends it: V2, deflated. Without this hook it is expanded for `onUpdate`. */
  readonly onSnapshot?: (body: Uint8Array) => void
  /** The first so many updates sent are acknowledged. */
  readonly onAcked?: (count: number) => void
  /** Others' presence arrived: the latest state of one of them. */
  readonly onPresence?: (id: number, state: string) => void
  readonly onClose?: () => void
}

export interface Session {
  readonly socket: LoadSocket
  /** The server has answered what was asked at the beginning: all that it had is here. */
  readonly live: Promise<void>
  /** Where it stands, in systems that have such a thing. */
  readonly cursor: Cursor | null
  /** Queues an update for `flush`. */
  send(update: Uint8Array): void
  /** Queues this participant's state. `clock` is larger each time. */
  present(id: number, clock: number, state: string): void
  flush(): void
  close(): void
}

export interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}

export function createDeferred(): Deferred {
  let resolve: () => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // Whoever does not wait for it is not to die of it.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
