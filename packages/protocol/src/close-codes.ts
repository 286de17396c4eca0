import { clipText } from './text.ts'

/**
 * WebSocket close codes. A native client reads the `go-away` before the close and needs none of them; they are for
 * stock clients, proxies and people who look at a network panel. 1000 to 1013 are those of RFC 6455 and the IANA
 * registry. Every code from 4400 to 4499 makes a stock y-websocket client (3.1 and later) stop for good, all others
 * make it come back.
 */
export const closeCodes = {
  normal: 1000,
  /** The relay shuts down, or the page goes away. */
  goingAway: 1001,
  /** Bytes that are no frame, or a message that makes no sense now. */
  protocolError: 1002,
  /** A text frame: all of ours are binary. */
  unsupported: 1003,
  /** A limit other than size was exceeded: idle, too many sessions, too many unacknowledged bytes. */
  policy: 1008,
  tooBig: 1009,
  internalError: 1011,
  /** The relay restarts: come back. */
  restart: 1012,
  /** The relay is overloaded, the disk is full or the access check failed: come back later. */
  tryLater: 1013,
  /** Stop for good: the document's name cannot be one. */
  badRequest: 4400,
  /** Stop for good: no access to this document. */
  denied: 4401,
  /** Stop for good: access was withdrawn. */
  revoked: 4403,
  /** Stop for good: the document was deleted, or is unknown and may not be made. */
  gone: 4404,
  /** Stop for good: an update was refused, and would be refused again. */
  refused: 4422,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** What RFC 6455 leaves for a reason beside the code, in a control frame of 125 bytes. */
export const closeReasonBytesMax = 123

/** `reason` cut to what fits into a close frame: sockets throw on a longer one. */
export function closeReason(reason: string): string {
  return clipText(reason, closeReasonBytesMax)
}
