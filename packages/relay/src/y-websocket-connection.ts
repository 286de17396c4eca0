import type { ErrorCode } from '@tidemark/base'
import type { Connection, ConnectionDeps } from './connection.ts'
import type { ConnectionDialect } from './ports.ts'

/** Placeholder: closes at once. */
export class YWebsocketConnection implements Connection {
  readonly dialect = 'y-websocket'
  readonly sessions = 0
  readonly sentBytes = 0
  readonly #deps: ConnectionDeps

  constructor(deps: ConnectionDeps, _target: ConnectionDialect & { dialect: 'y-websocket' }) {
    this.#deps = deps
  }

  takeHeard(): boolean {
    return true
  }

  leave(): void {}

  heard(): void {}

  received(): void {}

  drained(): void {}

  closed(): void {
    this.#deps.onClosed(this, null)
  }

  end(code: ErrorCode): void {
    this.#deps.socket.close(1013, code)
  }

  reauthorize(): void {}
}
