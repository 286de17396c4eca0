import type { Cursor, DocumentId, Lineage } from '@tidemark/base'
import type { AsideReason, AsideReplica } from '../api.ts'

/**
 * What a device keeps of its replicas. Several tabs may share one.
 *
 * **Atomicity.** `write` is one transaction: all of a change is stored or nothing, and no other tab sees a part of it.
 *
 * **Order.** Calls take effect in the order in which they were made; a `load` sees every `write` called before it.
 *
 * **Durability.** A resolved `write` survives a reload and the tab or the browser being killed, when `persistent`.
 *
 * **Bytes.** Arrays given to it fill the buffer they are in, and are not changed any more.
 *
 * **Failure.** Every method rejects with TidemarkError `store/failed` or `store/blocked`, and then changed nothing. The
 * next call tries anew.
 */
export interface ReplicaStore {
  /** Whether what is stored outlives the page. */
  readonly persistent: boolean
  /** All that is stored of a document; null when nothing is. */
  load(document: DocumentId): Promise<StoredReplica | null>
  /**
   * The outbox without what the caller knows: of each tab in `known` only records above its number. Costs what is new,
   * not what there is. Null when nothing is stored of the document.
   */
  loadOutbox(document: DocumentId, known: ReadonlyMap<string, number>): Promise<StoredOutbox | null>
  write(document: DocumentId, change: ReplicaChange): Promise<Written>
  listAside(): Promise<readonly AsideReplica[]>
  /** The updates of a replica kept aside, in no order; null when there is none. */
  readAside(id: string): Promise<readonly StoredUpdate[] | null>
  deleteAside(id: string): Promise<void>
  /** Waits for what is in flight. Idempotent. */
  close(): Promise<void>
}

export interface StoredOutbox {
  readonly lineage: Lineage | null
  readonly incarnation: Incarnation
  /** In the order they were made, tab by tab. */
  readonly outbox: readonly OutboxRecord[]
}

export interface StoredReplica extends StoredOutbox {
  /** The store's data hold everything up to here. */
  readonly cursor: Cursor | null
  readonly updates: readonly KeyedUpdate[]
}

/** Random, drawn when a store first holds something of a document: after it was wiped there is another. */
export type Incarnation = number

export interface StoredUpdate {
  readonly update: Uint8Array
  /** The Yjs format of `update`. */
  readonly version: 1 | 2
}

export interface KeyedUpdate extends StoredUpdate {
  /** Names the record in this store; never used twice. */
  readonly key: number
}

/** A row of own edits as one Yjs V1 update that the relay has not acknowledged: document data like every other. */
export interface OutboxRecord {
  /** Who made the edits: random, one for each time that a document is opened. */
  readonly tab: string
  /** Of the last edit in it. Grows in the order made, and is above those of all records that it may build on. */
  readonly number: number
  readonly update: Uint8Array
}

/** All edits of a tab up to a number. */
export interface OutboxMark {
  readonly tab: string
  readonly through: number
}

export type ReplicaChange = AppendChange | WholeChange | ReplaceChange

interface OwnEdits {
  /** Of the replica that writes; null when it has met no relay. A store without one takes it over. */
  readonly lineage: Lineage | null
  /** What the writer has read of or written to; null when nothing. The outcome is `wiped` when the store holds another, or none. */
  readonly incarnation: Incarnation | null
  /** Joins the outbox. */
  readonly edits: readonly OutboxRecord[]
  /** Leaves the outbox, before `edits` join it. What the records said is in `updates` or `state`. */
  readonly acked: readonly OutboxMark[]
  readonly rebuilt?: boolean
  /** What has no place in the store's history. */
  readonly aside?: NewAside | null
}

/** What a replica made and received since its last write. */
export interface AppendChange extends OwnEdits {
  readonly kind: 'append'
  /** What `acked` said, and the data between `move.after` and `move.cursor`. */
  readonly updates: readonly StoredUpdate[]
  readonly move: CursorMove | null
}

/**
 * Compare-and-set of the stored cursor: `cursor` is stored only when `after` is what is stored (seq and check).
 * When the stored seq is higher, another tab is ahead: its data and cursor are true together and stay.
 * When it is lower, or the check differs, the cursor stays and the outcome is `gap`. All else of the change is stored
 * in either case.
 */
export interface CursorMove {
  /** Null: the store's cursor is null too. */
  readonly after: Cursor | null
  readonly cursor: Cursor
}

/** Everything the replica holds, in one record: compaction, and the way out of a `gap`. */
export interface WholeChange extends OwnEdits {
  readonly kind: 'whole'
  readonly state: StoredUpdate
  /** Records that `state` contains: deleted. Never those another tab may have added since. */
  readonly contained: readonly number[]
  /** Replaces the stored cursor, whatever that is; null leaves it. */
  readonly cursor: Cursor | null
}

/**
 * The replica was rebuilt. When the stored lineage is not `lineage`, or `rebuilt` is set, all stored updates go; with
 * another lineage, or none where the replica was not merely `rebuilt`, the outbox goes too. Whatever goes is put into `aside` first, in the same transaction, when given; with
 * nothing to put into it, there will be none. A replacement by another lineage always gives one: what is stored may be
 * another tab's, of which the one that writes knows nothing.
 */
export interface ReplaceChange extends OwnEdits {
  readonly kind: 'replace'
  readonly lineage: Lineage
  readonly rebuilt: boolean
  readonly state: StoredUpdate
  readonly cursor: Cursor
  readonly aside: NewAside | null
}

export interface NewAside {
  readonly id: string
  readonly reason: AsideReason
  readonly lineage: Lineage | null
  readonly timeMs: number
  /** What the replica held in memory, beside what the store holds of it. */
  readonly updates: readonly StoredUpdate[]
}

/**
 * - `written`: all of it.
 * - `gap`: all but the cursor; write a `whole` change next.
 * - `other-lineage`: nothing, because the store has moved on to another lineage than the change names.
 * - `wiped`: nothing, because what the writer had read or written is gone; write a `whole` change next, with all edits.
 */
export interface Written {
  readonly outcome: 'written' | 'gap' | 'other-lineage' | 'wiped'
  /** What the store holds now; null when that is nothing. */
  readonly incarnation: Incarnation | null
  /** The records added, for a later `contained`. */
  readonly keys: readonly number[]
}
