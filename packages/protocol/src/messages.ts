import type { Access, Check, Cursor, DocumentId, ErrorCode, Lineage, Seq } from '@tidemark/base'

/**
 * The native protocol, as values. docs/PROTOCOL.md has the bytes.
 *
 *     client                                   relay
 *       hello, open(session, cursor) ─────────▶
 *       ◀─────────── welcome, opened(session, channel, resume)
 *       ◀─────────── snapshot parts, entries …            catch-up, then live: the same message
 *       push(session, batch, update) ─────────▶           inspect, append, commit
 *       ◀─────────── ack(session, batch, first..last)     to its author
 *       ◀─────────── entries(channel, first..last)        to everybody else
 *
 * `session` is chosen by the client, another for each `open`, and names one attachment on this connection. `channel` is
 * chosen by the relay and names a document on this relay: what goes to many receivers names the channel, so that its
 * bytes are the same for all. A connection has at most one session per document, so a channel names one session of the
 * connection too.
 *
 * Order. A session receives the entries of its document in seq order, each once, without a gap: an `ack` with
 * `first <= last` stands for the entries it names, in their place. Updates and state vectors are opaque bytes here.
 */
export type ClientMessage = Hello | Open | State | Push | PresenceUpdate | Verify | Close | Ping

export type RelayMessage =
  | Welcome
  | Opened
  | SnapshotPart
  | Entries
  | Ack
  | Refused
  | Resync
  | PresenceChanged
  | Verified
  | AccessChanged
  | Closed
  | GoAway
  | Pong

/** First message of a connection. `token` is handed to the relay owner's `authorize` with each document opened. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  readonly token: string
}

/** Attach a replica to a document. May follow `hello` at once, before `welcome`. */
export interface Open {
  readonly type: 'open'
  readonly session: number
  readonly document: DocumentId
  readonly access: Access
  /** Where this replica stands; null when it has never met a relay. */
  readonly cursor: Cursor | null
}

/** Answers `opened` with `resume: 'resync'`, or is sent when Yjs holds structs pending: "this is what I hold". */
export interface State {
  readonly type: 'state'
  readonly session: number
  readonly stateVector: Uint8Array
}

/** One update to append. Batches of a session are numbered 1, 2, 3, ... in the order sent. */
export interface Push {
  readonly type: 'push'
  readonly session: number
  readonly batch: number
  /** Answers a `resync`: gives the log back what it may have lost, so it may hold what others wrote. */
  readonly recovery: boolean
  readonly update: Uint8Array
}

/** Sets this session's presence. `id` is the Yjs awareness client id; an empty `state` removes it. */
export interface PresenceUpdate {
  readonly type: 'presence-update'
  readonly session: number
  readonly id: number
  /** UTF-8 JSON, opaque to protocol and relay. */
  readonly state: Uint8Array
}

/** Asks whether the document at `seq` has this content digest (32 bytes). */
export interface Verify {
  readonly type: 'verify'
  readonly session: number
  readonly seq: Seq
  readonly digest: Uint8Array
}

export interface Close {
  readonly type: 'close'
  readonly session: number
}

export interface Ping {
  readonly type: 'ping'
  readonly nonce: number
}

/** What this relay accepts of this connection; see limits.ts for units. */
export interface ConnectionLimits {
  readonly frameBytesMax: number
  readonly updateBytesMax: number
  readonly windowBytesMax: number
  readonly sessionsMax: number
  readonly presenceBytesMax: number
  /** A connection that has been silent for this long is closed; ping well within it. */
  readonly idleMsMax: number
}

export interface Welcome {
  readonly type: 'welcome'
  readonly version: number
  readonly limits: ConnectionLimits
}

/**
 * How a session goes on from its cursor.
 * - `tail`: the cursor is valid; entries follow from `cursor.seq + 1`.
 * - `snapshot`: the replica had no cursor; a snapshot (when the log has one) and then entries follow.
 * - `resync`: the cursor cannot be trusted. The client answers with `state` and with a `push` marked `recovery` of what
 *   `stateVector` lacks; the relay answers `state` with a snapshot and entries.
 */
export type Resume =
  | { readonly kind: 'tail' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'resync'; readonly stateVector: Uint8Array }

export interface Opened {
  readonly type: 'opened'
  readonly session: number
  readonly channel: number
  readonly access: Access
  readonly lineage: Lineage
  /** The last seq at this moment: a replica whose cursor has reached it is caught up. */
  readonly head: Seq
  readonly resume: Resume
}

/** `v1`: a Yjs V1 update. `v2-deflate`: a Yjs V2 update, compressed with raw DEFLATE (RFC 1951). */
export type SnapshotEncoding = 'v1' | 'v2-deflate'

/**
 * A part of one update that stands for everything up to `seq`. Parts arrive in order and without another message of
 * their session in between; the replica applies the whole at once and its cursor becomes `(lineage, seq, check)`.
 */
export interface SnapshotPart {
  readonly type: 'snapshot-part'
  readonly session: number
  readonly seq: Seq
  readonly check: Check
  readonly encoding: SnapshotEncoding
  /** Bytes of the whole, the same in every part, at most `snapshotBytesMax`. */
  readonly totalBytes: number
  /** Where this part begins in the whole. The part that ends at `totalBytes` is the last. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/** The entries `first`, `first + 1`, ...; `check` is the log's check at the last of them. Never empty. */
export interface Entries {
  readonly type: 'entries'
  readonly channel: number
  readonly first: Seq
  readonly check: Check
  readonly updates: readonly Uint8Array[]
}

/**
 * Everything this session pushed up to and including `batch`, other than what was refused, is durable.
 * `first <= last`: these seqs are the session's own and are not sent to it; its cursor moves to `last`.
 * `last < first`: nothing to move (a duplicate, or the entries come by catch-up).
 */
export interface Ack {
  readonly type: 'ack'
  readonly session: number
  readonly batch: number
  readonly first: Seq
  readonly last: Seq
  readonly check: Check
}

/** One batch was not appended. The client keeps its bytes; `retryAfterMs` null means that sending it again is useless. */
export interface Refused {
  readonly type: 'refused'
  readonly session: number
  readonly batch: number
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

/**
 * The batch has a gap: it and all later ones were dropped. The client answers with pushes marked `recovery` of all that
 * `stateVector` lacks; they stand for everything unacknowledged.
 */
export interface Resync {
  readonly type: 'resync'
  readonly session: number
  readonly batch: number
  readonly stateVector: Uint8Array
}

export interface PresenceEntry {
  readonly id: number
  /** Larger for later states of the same id; assigned by the relay. */
  readonly clock: number
  /** UTF-8 JSON; empty when the participant has left. */
  readonly state: Uint8Array
}

/** What changed among the participants of a document since the last such message. */
export interface PresenceChanged {
  readonly type: 'presence-changed'
  readonly channel: number
  readonly entries: readonly PresenceEntry[]
}

export interface Verified {
  readonly type: 'verified'
  readonly session: number
  readonly seq: Seq
  /** `unknown`: the relay no longer has, or never had, the document at that seq. */
  readonly outcome: 'equal' | 'different' | 'unknown'
}

export interface AccessChanged {
  readonly type: 'access-changed'
  readonly session: number
  readonly access: Access
}

/** The session is over, or was never opened. `retryAfterMs` null means that opening again is useless for now. */
export interface Closed {
  readonly type: 'closed'
  readonly session: number
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

/** The relay is about to close the connection. Come back after `retryAfterMs`; null: do not. */
export interface GoAway {
  readonly type: 'go-away'
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

export interface Pong {
  readonly type: 'pong'
  readonly nonce: number
}
