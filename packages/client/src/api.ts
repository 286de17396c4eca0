import type { Access, DocumentId, Lineage, Seq, TidemarkError, Unsubscribe } from '@tidemark/base'
import type { Doc } from 'yjs'

/**
 * A client: one connection to one relay, and the replicas that are open over it.
 *
 * Nothing here throws because of network or storage: what goes wrong is told in the statuses and to `onError`.
 */
export interface Client {
  /**
   * Opens a document: at once, whether or not the device holds it and whether or not there is a connection. The same
   * id gives the same handle until as many `close()` as `open()` were called.
   *
   * @throws TidemarkError `document/bad-id`; `client/closed` after `close()`.
   */
  open(id: DocumentId, options?: OpenOptions): DocumentHandle
  readonly status: ClientStatus
  /** Calls `listener` after `status` changed. Not called for the value it already has. */
  subscribe(listener: () => void): Unsubscribe
  /** Cuts the connection until `connect()`. Edits are kept on the device meanwhile. */
  disconnect(): void
  /** Undoes `disconnect()`; otherwise tries again now instead of later. */
  connect(): void
  /** Ends the connection and makes another, with a token asked for anew: for a person who signed in or out. */
  reconnect(): void
  /**
   * Replicas that were kept aside: see `replica/set-aside` and `replica/rebuilt` in docs/ERRORS.md. They stay until
   * `deleteAside`, without a limit: one may be the last copy of something.
   */
  listAside(): Promise<readonly AsideReplica[]>
  /** All that a replica kept aside held, as one Yjs V1 update; null when there is none with this id. */
  readAside(id: string): Promise<Uint8Array | null>
  deleteAside(id: string): Promise<void>
  /** Flushes all documents to the device, closes them, then the connection and the database. Every call gives the same promise. */
  close(): Promise<void>
}

export interface OpenOptions {
  /** `read` does not create the document, and keeps edits on this device. Counts for the first `open` of an id. */
  readonly access?: Access
}

/**
 * One document on this device.
 *
 * `doc` can be edited at once. It stays the same object, except when the replica had to be replaced (Yjs failed, or the
 * relay holds another history under this id): then `doc` is another `Y.Doc`, `status.generation` is one higher, and
 * subscribers are told in the same instant. Mount the editor anew; what is typed into the old one is not kept.
 */
export interface DocumentHandle {
  readonly id: DocumentId
  readonly doc: Doc
  /** Resolves when what the device holds is in `doc`; also when reading it failed, which the status tells. */
  readonly loaded: Promise<void>
  /** Resolves when `doc` has caught up with the relay for the first time. Rejects when closed before. */
  readonly synced: Promise<void>
  /**
   * Resolves when every edit made so far, on this device, is durable on the relay. Pending while offline.
   * Rejects with the refusal when an edit was refused for good, with `replica/set-aside` when it had to be kept aside,
   * with `client/closed` when closed before.
   */
  saved(): Promise<void>
  readonly status: DocumentStatus
  /** Calls `listener` after `status` changed, at most once per turn, except that a new `doc` is told at once. */
  subscribe(listener: () => void): Unsubscribe
  readonly presence: Presence
  /**
   * Gives up what the relay refused for good: the replica is kept aside and the document opened afresh. Only the app
   * can decide that; without it the edits stay where they are.
   */
  reset(): void
  /** Stores on the device what is not stored yet, then detaches. What was not sent is sent at the next `open`. */
  close(): Promise<void>
}

/**
 * What holds at this moment; immutable, and the same object until something changes.
 *
 * Never above the fact: `saved` is said only after the relay acknowledged, `on-device` only after the storage
 * transaction completed.
 */
export interface DocumentStatus {
  readonly doc: Doc
  /** Counts the `Y.Doc`s of this handle: 1, 2, ... A key for whatever mounts the editor. */
  readonly generation: number
  readonly loaded: boolean
  readonly connection: DocumentConnection
  readonly edits: EditsPlace
  /** Own edits that the relay has not acknowledged. */
  readonly unsaved: number
  /** What the relay granted; null until it did. With `read`, edits stay on this device. */
  readonly access: Access | null
  /** How far the relay's log has been read; null before the first time. */
  readonly seq: Seq | null
  /** Entries of the log known to exist and not yet read: "behind". */
  readonly behind: number
  /** What is wrong at this moment, if anything: a lost connection is no error, a refused edit is. */
  readonly error: TidemarkError | null
}

/**
 * - `offline`: no connection; it is tried again, unless `disconnect()` was called.
 * - `connecting`: on the way to the relay, or waiting for its answer.
 * - `catching-up`: reading what was missed.
 * - `live`: up to date, receiving as it happens.
 * - `refused`: the relay does not serve this document now: `error` says why, and whether it is tried again.
 * - `closed`: `close()` was called.
 */
export type DocumentConnection = 'offline' | 'connecting' | 'catching-up' | 'live' | 'refused' | 'closed'

/**
 * The weakest place of any own edit.
 * - `saved`: all are durable on the relay. With the error `store/failed` or `store/blocked`: all of this page's; what
 *   earlier ones left on the device is not known while that cannot be read.
 * - `saving`: the relay can be reached and has yet to acknowledge.
 * - `on-device`: kept on this device, to be sent later. Survives a reload, and the tab or the browser being killed.
 * - `in-memory`: not on this device: for a few milliseconds after an edit, or because storage fails, or is none.
 * - `refused`: the relay refused an edit for good. It and all after it are kept, and not sent: `error`, `reset()`.
 */
export type EditsPlace = 'saved' | 'saving' | 'on-device' | 'in-memory' | 'refused'

/** Short-lived state of the participants: names, carets. Never stored. */
export interface Presence {
  /** This participant's id: `doc.clientID`. */
  readonly id: number
  /** Own state, any JSON; null removes it. Sent at most once per turn, and again after each reconnect. */
  set(state: unknown): void
  /** The other participants by id: empty while there is no connection. The same object until something changes. */
  getSnapshot(): ReadonlyMap<number, unknown>
  subscribe(listener: () => void): Unsubscribe
}

export interface ClientStatus {
  /** `idle`: no document is open. `refused`: the relay will have nothing of this client; `error` says why. */
  readonly connection: 'idle' | 'offline' | 'connecting' | 'open' | 'refused' | 'closed'
  readonly error: TidemarkError | null
}

export interface AsideReplica {
  readonly id: string
  readonly document: DocumentId
  readonly lineage: Lineage | null
  readonly reason: AsideReason
  /** Milliseconds since the epoch. */
  readonly timeMs: number
}

/** Why a replica was kept aside: another history, a divergence or a failure of Yjs, the app's `reset()`. */
export type AsideReason = 'other-lineage' | 'rebuilt' | 'reset'

/** Told of every operating error, once. `document` is null when it concerns the connection or the database. */
export type OnError = (error: TidemarkError, document: DocumentId | null) => void

export type Token = string | (() => string | Promise<string>)
