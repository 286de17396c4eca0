import type { Check, Cursor, DocumentId, Lineage, Principal, Seq } from '@tidemark/base'
import type { Judgement } from './judge.ts'

/**
 * The update log: the durable, ordered record of each document's updates.
 *
 * The log is the only thing a relay may not lose: sessions, presence and fan-out can all be rebuilt from it. Updates
 * are opaque bytes here; one bad update cannot stop a log from reading.
 *
 *     seq   1   2   3   4   5   6   7      head = 7
 *           ░░░░░░  [ previous ]           a snapshot at seq 4 stands for updates 1..4; kept until the next but one
 *           ░░░░░░  [ latest snapshot ]    a snapshot at seq 6; entries 1..2 have been trimmed: floor = 2
 *
 * **Order.** Per document: appends take effect in the order in which they were called, and a `read` sees all that was
 * acknowledged before it was called. Across documents: none is promised.
 *
 * **Durability.** A resolved promise means that the bytes survive a crash of the process or the machine in the next
 * instant, to the extent that the disk honours fsync. A rejected one means that nothing of it will ever be seen, with
 * one exception: after `log/failed` an append may or may not have happened, and the log accepts nothing more.
 *
 * **Failure.** When an append fails, every later append to that document whose `after` counted on it fails too
 * (`log/conflict`), so that order never has holes. The one that failed is told before those.
 *
 * @remarks Errors of every method: TidemarkError with `log/closed` after `close()`, `log/failed` after the disk failed
 * (the owner must stop the process: a failed fsync is never retried on the same data), `log/corrupt` when stored bytes
 * of that document fail their checksum or their order (other documents are not affected).
 */
export interface UpdateLog {
  /** The state of a document's log; null when it was never created. Bodies of snapshots are not read. */
  load(document: DocumentId): Promise<LogState | null>

  /** Creates the document's log with `lineage`, durably; when there is one already, resolves with that one. */
  create(document: DocumentId, lineage: Lineage): Promise<LogState>

  /**
   * Appends `entries` in order, all or none, directly after seq `after`, and resolves with their seqs and checks.
   *
   * The caller may append again, counting on seqs of appends that are still in flight. It leaves the bytes alone until
   * the promise settles.
   *
   * @throws `log/conflict` when the log's head is not `after`, the lineage is another or the document does not exist;
   *   `log/full` (retry later: reads go on); `relay/overloaded` when too much is waiting. Nothing was appended then.
   */
  append(document: DocumentId, append: Append): Promise<Receipt>

  /**
   * Entries from `after + 1` on, in order and without a gap: as many as fit in `bytesMax`, 4,096 at most, but at least
   * one when there is one. `after` must be at or above the floor.
   *
   * @throws `log/corrupt`; RangeError when `after` is below the floor or above the head; `log/conflict` when the
   *   document does not exist.
   */
  read(document: DocumentId, after: Seq, bytesMax: number): Promise<readonly Entry[]>

  /** The latest snapshot with its body, or the previous one when the latest fails its checksum; null when there is none. */
  readSnapshot(document: DocumentId): Promise<Snapshot | null>

  /**
   * Stores a verified snapshot. The one before is kept, older ones are dropped, no entry is deleted. Atomic.
   *
   * @throws `log/conflict` when the lineage is another, `seq` is above the head, or not above the latest snapshot's;
   *   `log/full`.
   */
  writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): Promise<void>

  /**
   * Deletes entries up to `through`, as far as the *previous* snapshot covers them, in small transactions that let
   * appends pass. Resolves with the new floor.
   *
   * @throws `log/conflict` when the lineage is another or the document does not exist; `log/full`.
   */
  trim(document: DocumentId, lineage: Lineage, through: Seq): Promise<Seq>

  /**
   * Whether this log holds what the cursor stands for, compacted or not; and if it does not, whether it once did, so that
   * acknowledged entries were lost, for instance because an older copy was put back (judge.ts). A document of another
   * lineage, or none, holds nothing of it. Seq 0 is held by every log of the lineage.
   */
  judge(document: DocumentId, cursor: Cursor): Promise<Judgement>

  /** Whether this store once issued this cursor, for whatever document. False at seq 0, which proves nothing. */
  issued(cursor: Cursor): boolean

  /** Deletes the document with all that is stored for it. Its id may be created again, with another lineage. */
  delete(document: DocumentId): Promise<void>

  /** Document ids in the order of their UTF-8 bytes, those after `after` (null: all), at most `limit`. */
  list(after: DocumentId | null, limit: number): Promise<readonly DocumentId[]>

  /** Waits for what is in flight, then releases everything. Idempotent. */
  close(): Promise<void>
}

export interface LogState {
  readonly lineage: Lineage
  /** The last seq; 0 when nothing was appended. */
  readonly head: Seq
  /** The check at the head. */
  readonly check: Check
  /** Entries up to and including this seq may be gone: `read` starts at it or above. */
  readonly floor: Seq
  /** The latest readable snapshot, without its body. */
  readonly snapshot: Omit<Snapshot, 'body'> | null
}

export interface Append {
  readonly lineage: Lineage
  /** Compare-and-set: the head that these entries follow. */
  readonly after: Seq
  readonly entries: readonly NewEntry[]
}

export interface NewEntry {
  readonly update: Uint8Array
  readonly author: Principal
  /** Milliseconds since the epoch, as the relay saw it. */
  readonly timeMs: number
}

export interface Entry extends NewEntry {
  readonly seq: Seq
  readonly check: Check
}

export interface Receipt {
  /** Seq of the last entry appended. */
  readonly head: Seq
  /** The check at each new seq, in order. */
  readonly checks: readonly Check[]
}

/** One update that stands for all entries up to `seq`. Body and summary are the relay's formats, opaque to the log. */
export interface Snapshot {
  readonly seq: Seq
  /** The log's check at `seq`. */
  readonly check: Check
  /** What a relay needs in memory to go on from here: state vector, deletions, owners, digest. */
  readonly summary: Uint8Array
  readonly body: Uint8Array
  readonly timeMs: number
}
