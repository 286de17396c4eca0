import type { Access, DocumentId, ErrorCode, Principal } from '@tidemark/base'

/** Which clients speak on a connection: ours, or those of the y-websocket package. */
export type Dialect = 'native' | 'y-websocket'

/**
 * One accepted WebSocket, as the relay's machines see it. The edge must call `drained` whenever `bufferedBytes` falls,
 * and `closed` exactly once, also after `close` or `terminate`. No method calls back before it returns.
 */
export interface Socket {
  /** Sends one binary WebSocket message. The bytes are shared between receivers: never changed, never transferred. */
  send(frame: Uint8Array): void
  /** Sends several messages, best with one write; without it each goes through `send`. */
  sendAll?(frames: readonly Uint8Array[]): void
  /** Bytes taken by `send` that have not yet reached the operating system. */
  readonly bufferedBytes: number
  /** Closes after what was sent has left. */
  close(code: number, reason: string): void
  /** Cuts at once. */
  terminate(): void
}

/** What the edge calls for one connection. Every method may be called at any time, also after `closed`. */
export interface ConnectionInput {
  /** One binary WebSocket message. The bytes are only read during the call. */
  received(frame: Uint8Array): void
  drained(): void
  /** A sign of life that is no message, such as a WebSocket pong. */
  heard(): void
  closed(): void
}

/** What is known of a connection before it has said anything. */
export interface ConnectionRequest {
  /** For logs and rate limits only. */
  readonly address: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type ConnectionDialect =
  | { readonly dialect: 'native' }
  | { readonly dialect: 'y-websocket'; readonly document: DocumentId; readonly token: string }

/** What `authorize` decides on. */
export interface AccessRequest extends ConnectionRequest {
  readonly document: DocumentId
  /** What the client asked for. y-websocket clients always ask for `write`. */
  readonly access: Access
  readonly token: string
  readonly dialect: Dialect
}

/** `principal`: 1 to 256 characters without control characters. A grant above what was asked is cut to it. */
export interface AccessGrant {
  readonly principal: Principal
  readonly access: Access
  /**
   * Milliseconds for which this holds; it is asked for again in the second half of them. Default: `grantMsMax`. null:
   * until `reauthorize` is called.
   */
  readonly holdsMs?: number | null
}

export interface AccessRefusal {
  readonly refused: string
  /** Defaults to `access/denied`. */
  readonly code?: ErrorCode
  /** Milliseconds after which asking again makes sense; null, the default, when it does not. */
  readonly retryAfterMs?: number | null
}

/**
 * The relay owner's decision about one document for one session. Asked before anything of the document is read or told.
 * An exception or a timeout counts as `access/unavailable`: the client asks again later.
 */
export type Authorize = (
  request: AccessRequest,
) => AccessGrant | AccessRefusal | Promise<AccessGrant | AccessRefusal>
