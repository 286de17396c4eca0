import type { DocumentId, Lineage, Seq } from '@tidemark/base'
import type { Page } from './page.ts'
import type { EntryRow, Row, SnapshotRow } from './rows.ts'

/**
 * Where the rows of a log lie: tables of SQLite, or a map. What is asked for comes as it is stored, true or not: whoever
 * reads it verifies it (log-reads.ts), so that every log refuses the same damage.
 *
 * A document's rows are found by a number of their own, which is never used again. Rows are shaped as in rows.ts.
 */
export interface LogRows {
  /** `id`, `lineage`, `epochs`, `crc`. */
  document(name: DocumentId): Row | undefined
  /** The seq of a document's first entry; null when it has none. */
  firstSeq(document: number): Seq | null
  lastEntry(document: number): Row | undefined
  entry(document: number, seq: Seq): Row | undefined
  /**
   * Entries above `after`, in the order of their seqs: as many as have updates of `bytesMax` in all, at least one when there
   * is one, at most `pageEntriesMax`.
   */
  page(document: number, after: Seq, bytesMax: number): Page
  /** Snapshots without their bodies, the newest first. */
  snapshotHeads(document: number): readonly Row[]
  /** The same with their bodies. */
  snapshots(document: number): readonly Row[]
  /** Ids of documents in the order of their UTF-8 bytes, those after `after`, at most `limit`. */
  names(after: DocumentId, limit: number): readonly DocumentId[]
}

/** Rows that can be changed. Each change is made at once, in the transaction of whoever holds the rows. */
export interface WritableLogRows extends LogRows {
  /** Adds a document without epochs under a new number, from which `crcOf` makes its checksum. */
  insertDocument(name: DocumentId, lineage: Lineage, crcOf: (id: number) => number): void
  setEpochs(name: DocumentId, epochs: Uint8Array, crc: number): void
  insertEntry(document: number, entry: EntryRow): void
  /** Deletes the first entries up to `through`, at most `limit`; returns how many. */
  deleteEntries(document: number, through: Seq, limit: number): number
  insertSnapshot(document: number, snapshot: SnapshotRow): void
  /** Deletes all snapshots of a document but the one at `kept`; 0: all. */
  deleteSnapshots(document: number, kept: Seq): void
  /** Deletes the document's own row; the others stay until somebody asks for them by `anyDeleted`. */
  deleteDocument(document: number): void
  /** A deleted document that may still have rows; null when there is none. */
  anyDeleted(): number | null
  /** A deleted document has no rows any more. */
  forgetDeleted(document: number): void
}
