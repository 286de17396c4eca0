import { crc32 } from 'node:zlib'
import type { Check, DocumentId, Lineage, Seq } from '@tidemark/base'
import type { Entry, Snapshot } from './update-log.ts'

// Rows as the tables of sqlite-schema.ts have them. Storage has no checksums of its own, SQLite none either: a byte that
// flips on the disk comes back as it is. So each row carries a CRC-32 of all that it says, its own place included.

/** Values by the names of their columns. What lay on a disk may be anything. */
export type Row = Readonly<Record<string, null | number | string | Uint8Array>>

export interface DocumentRow {
  readonly id: number
  readonly lineage: Lineage
  /** See epochs.ts. */
  readonly epochs: Uint8Array
}

/** An entry's row. `author` is UTF-8, `mark` the check's 16 bytes. */
export type EntryRow = {
  readonly seq: Seq
  readonly crc: number
  readonly time: number
  readonly author: Uint8Array
  readonly mark: Uint8Array
  readonly body: Uint8Array
}

/** A snapshot's row. */
export type SnapshotRow = {
  readonly seq: Seq
  readonly crc: number
  readonly body_crc: number
  readonly time: number
  readonly mark: Uint8Array
  readonly summary: Uint8Array
  readonly body: Uint8Array
}

/** CRC-32 of a document's row. */
export function documentCrc(id: number, name: DocumentId, lineage: Lineage, epochs: Uint8Array): number {
  return extend(crc32(`${id} ${lineage} ${name}`), epochs)
}

/**
 * CRC-32 of an entry's row: numbers as big-endian doubles, the check's 16 bytes, author (UTF-8), update. Where the last
 * two lie in one piece, that is the update, and the author is `noBytes`.
 */
export function entryCrc(
  document: number,
  seq: Seq,
  timeMs: number,
  mark: Uint8Array,
  author: Uint8Array,
  update: Uint8Array,
): number {
  return extend(extend(placeCrc(document, seq, timeMs, mark), author), update)
}

/** CRC-32 of a snapshot's row without its body, which has its own so that it need not be read. */
export function snapshotCrc(
  document: number,
  seq: Seq,
  timeMs: number,
  mark: Uint8Array,
  summary: Uint8Array,
  bodyCrc: number,
): number {
  return extend(extend(placeCrc(document, seq, timeMs, mark), String(bodyCrc)), summary)
}

export function bodyCrcOf(body: Uint8Array): number {
  return extend(0, body)
}

/** zlib takes an empty array whose memory is a null pointer for a wish to begin anew, and forgets `crc`. */
function extend(crc: number, bytes: Uint8Array | string): number {
  return bytes.length === 0 ? crc : crc32(bytes, crc)
}

const place: Buffer = Buffer.alloc(40)

function placeCrc(document: number, seq: Seq, timeMs: number, mark: Uint8Array): number {
  place.writeDoubleBE(document, 0)
  place.writeDoubleBE(seq, 8)
  // SQLite stores minus zero as zero.
  place.writeDoubleBE(timeMs + 0, 16)
  place.set(mark.subarray(0, 16), 24)
  return crc32(place)
}

/** The document of a row; null when its checksum fails. */
export function documentOf(row: Row, name: DocumentId): DocumentRow | null {
  const id = Number(row.id)
  const lineage = String(row.lineage)
  const epochs = bytesOf(row.epochs)
  return row.crc === documentCrc(id, name, lineage, epochs) ? { id, lineage, epochs } : null
}

/** The entry of a row; null when its checksum fails. */
export function entryOf(row: Row, document: number): Entry | null {
  const seq = Number(row.seq)
  const timeMs = Number(row.time)
  const author = bytesOf(row.author)
  const mark = bytesOf(row.mark)
  const update = bytesOf(row.body)
  if (row.crc !== entryCrc(document, seq, timeMs, mark, author, update)) return null
  return { seq, check: checkOf(mark), update, author: textOf(author), timeMs }
}

/** What a snapshot's row says but for its body; null when its checksum fails. */
export function snapshotHeadOf(row: Row, document: number): Omit<Snapshot, 'body'> | null {
  const seq = Number(row.seq)
  const timeMs = Number(row.time)
  const mark = bytesOf(row.mark)
  const summary = bytesOf(row.summary)
  if (row.crc !== snapshotCrc(document, seq, timeMs, mark, summary, Number(row.body_crc))) return null
  return { seq, check: checkOf(mark), summary, timeMs }
}

/** The snapshot of a row; null when one of its checksums fails. */
export function snapshotOf(row: Row, document: number): Snapshot | null {
  const head = snapshotHeadOf(row, document)
  const body = bytesOf(row.body)
  return head === null || row.body_crc !== bodyCrcOf(body) ? null : { ...head, body }
}

export function markOf(check: Check): Buffer {
  return Buffer.from(check, 'hex')
}

export function checkOf(mark: Uint8Array): Check {
  return viewOf(mark).toString('hex')
}

export function textOf(bytes: Uint8Array): string {
  return viewOf(bytes).toString('utf8')
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

export const noBytes: Uint8Array = new Uint8Array(0)

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : noBytes
}
