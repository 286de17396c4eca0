/**
 * Every code a person or program may meet; docs/ERRORS.md has cause, retry and cure for each.
 * A code is stable for ever; messages are free to improve.
 */
export const errorCodes = [
  // What a connection can end in.
  'connection/refused', // the relay could not be reached or the handshake failed
  'connection/version', // the two ends share no protocol version
  'connection/bad-frame', // bytes that are no frame of the protocol
  'connection/frame-too-large',
  'connection/too-many', // of this address, or of all
  'connection/too-many-sessions',
  'connection/unauthenticated-too-long',
  'connection/idle',
  // What opening or keeping a session can end in.
  'access/denied', // no access to this document, or not the access asked for
  'access/unavailable', // the access check itself failed; retried
  'access/revoked',
  'document/unknown',
  'document/bad-id',
  'document/other-lineage', // the replica belongs to another history of the document
  'document/halted', // the log of this document is damaged; nothing is served or accepted
  'document/deleted',
  'session/protocol', // a message that makes no sense in the session's state
  'session/window-exceeded',
  // What a pushed update can be refused for.
  'update/malformed', // Yjs would fail on it, now or on a later load
  'update/too-large',
  'update/foreign-client', // extends the clock of a client id that belongs to another principal
  'update/read-only',
  // The log.
  'log/full', // the disk is full; nothing was appended
  'log/failed', // the disk failed; the relay stops
  'log/corrupt', // stored bytes fail their checksum
  'log/closed',
  'log/conflict', // somebody else appended in between
  'log/unsafe', // the storage cannot give the durability asked for
  'log/locked', // another process has this log open
  // The relay as a whole.
  'relay/draining',
  'relay/overloaded',
  'relay/internal',
  // The client.
  'client/closed',
  'store/failed', // IndexedDB failed: edits are kept in memory and sent, not on this device
  'store/blocked', // another tab holds an old version of the database open
  'replica/rebuilt', // Yjs failed or diverged: the document was rebuilt from storage and relay
  'replica/set-aside', // a replica was kept aside, readable and exportable
  'presence/too-large',
  'client/listener-threw', // a listener or observer of the app threw; nothing was lost
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** An operating error: something outside went wrong, in a way somebody can act on. */
export class TidemarkError extends Error {
  readonly code: ErrorCode
  /** Milliseconds after which trying again makes sense; null when it does not. */
  readonly retryAfterMs: number | null

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | null } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TidemarkError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/**
 * A programmer's mistake: never caught, never part of normal operation. `found` is what the condition is about, `limit`
 * what it had to fit to: put into words here, since a template in their place is made each time that all is well.
 */
export function assert(
  condition: unknown,
  message: string,
  found?: unknown,
  limit?: unknown,
): asserts condition {
  if (condition) return
  const values = [found, limit].filter((value) => value !== undefined).join(' against ')
  throw new Error(`assertion failed: ${message}${values && `: ${values}`}`)
}
