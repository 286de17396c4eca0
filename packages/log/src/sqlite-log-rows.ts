import type { DocumentId, Lineage, Seq } from '@tidemark/base'
import { EntryNumbers } from './entry-numbers.ts'
import type { LogRows, WritableLogRows } from './log-rows.ts'
import { type Page, pageEntriesMax } from './page.ts'
import { type EntryRow, noBytes, type Row, type SnapshotRow } from './rows.ts'
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts'

/** A parameter for bytes of which there may be none: node:sqlite binds an empty array as NULL when its memory is. */
const blob = "ifnull(?, x'')"

/** A parameter for text, given as its bytes: drivers end a string at its first NUL. */
const text = `CAST(${blob} AS TEXT)`

/**
 * A page (page.ts) as one row, made by SQLite itself: lengths are added up first, and only what fits is read.
 * `quote` writes a number so that the same is read again. A column that is missing makes its row disappear.
 */
const page = `
  SELECT '[' || group_concat(seq || ',' || crc || ',' || quote(time) || ',' || octet_length(author) || ',' ||
      octet_length(body), ',' ORDER BY seq) || ']' AS heads,
    CAST(group_concat(mark || CAST(author AS BLOB) || body, '' ORDER BY seq) AS BLOB) AS bytes
  FROM entries WHERE document = ?1 AND seq > ?2 AND seq <= (
    SELECT max(seq) FROM (
      SELECT seq, sum(octet_length(body)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS bytes FROM (
        SELECT seq, body FROM entries WHERE document = ?1 AND seq > ?2 ORDER BY seq LIMIT ${pageEntriesMax}))
    WHERE bytes <= ?3 OR seq = ?2 + 1)`

/** The rows of the tables of sqlite-schema.ts. Each method wants to run inside a transaction of its caller's. */
export class SqliteLogRows implements LogRows {
  readonly #document: SqliteStatement
  readonly #first: SqliteStatement
  readonly #last: SqliteStatement
  readonly #entry: SqliteStatement
  readonly #page: SqliteStatement
  readonly #snapshotHeads: SqliteStatement
  readonly #snapshots: SqliteStatement
  readonly #names: SqliteStatement

  constructor(database: SqliteDatabase) {
    // As bytes: drivers end a text at its first NUL.
    const author = 'CAST(author AS BLOB) AS author'
    const entry = `SELECT seq, crc, time, ${author}, mark, body FROM entries WHERE document = ?`
    const snapshotHead = 'SELECT seq, crc, body_crc, time, mark, summary'
    const snapshots = 'FROM snapshots WHERE document = ? ORDER BY seq DESC'
    this.#document = database.prepare('SELECT id, lineage, epochs, crc FROM documents WHERE name = ?')
    this.#first = database.prepare('SELECT seq FROM entries WHERE document = ? ORDER BY seq LIMIT 1')
    this.#last = database.prepare(`${entry} ORDER BY seq DESC LIMIT 1`)
    this.#entry = database.prepare(`${entry} AND seq = ?`)
    this.#page = database.prepare(page)
    this.#snapshotHeads = database.prepare(`${snapshotHead} ${snapshots}`)
    this.#snapshots = database.prepare(`${snapshotHead}, body ${snapshots}`)
    this.#names = database.prepare('SELECT name FROM documents WHERE name > ? ORDER BY name LIMIT ?')
  }

  document(name: DocumentId): Row | undefined {
    return this.#document.get(name)
  }

  firstSeq(document: number): Seq | null {
    const row = this.#first.get(document)
    return row === undefined ? null : Number(row.seq)
  }

  lastEntry(document: number): Row | undefined {
    return this.#last.get(document)
  }

  entry(document: number, seq: Seq): Row | undefined {
    return this.#entry.get(document, seq)
  }

  page(document: number, after: Seq, bytesMax: number): Page {
    const row = this.#page.get(document, after, bytesMax)
    return { heads: numbersOf(row?.heads), bytes: row?.bytes instanceof Uint8Array ? row.bytes : noBytes }
  }

  snapshotHeads(document: number): readonly Row[] {
    return this.#snapshotHeads.all(document)
  }

  snapshots(document: number): readonly Row[] {
    return this.#snapshots.all(document)
  }

  names(after: DocumentId, limit: number): readonly DocumentId[] {
    return this.#names.all(after, limit).map((row) => String(row.name))
  }
}

/** The same over the one connection that writes. */
export class WritableSqliteLogRows extends SqliteLogRows implements WritableLogRows {
  readonly #entryNumbers: EntryNumbers
  readonly #insertDocument: SqliteStatement
  readonly #setDocumentCrc: SqliteStatement
  readonly #setEpochs: SqliteStatement
  readonly #deleteDocument: SqliteStatement
  readonly #insertEntry: SqliteStatement
  readonly #deleteEntries: SqliteStatement
  readonly #insertSnapshot: SqliteStatement
  readonly #deleteSnapshots: SqliteStatement
  readonly #markDeleted: SqliteStatement
  readonly #anyDeleted: SqliteStatement
  readonly #unmarkDeleted: SqliteStatement

  constructor(database: SqliteDatabase) {
    super(database)
    this.#entryNumbers = new EntryNumbers(database)
    this.#insertDocument = database.prepare(
      'INSERT INTO documents(name, lineage, crc) VALUES(?, ?, 0) RETURNING id',
    )
    this.#setDocumentCrc = database.prepare('UPDATE documents SET crc = ? WHERE id = ?')
    this.#setEpochs = database.prepare('UPDATE documents SET epochs = ?, crc = ? WHERE name = ?')
    this.#deleteDocument = database.prepare('DELETE FROM documents WHERE id = ?')
    this.#insertEntry = database.prepare(`INSERT INTO entries VALUES(?, ?, ?, ?, ?, ${text}, ?, ${blob})`)
    this.#deleteEntries = database.prepare(
      `DELETE FROM entries WHERE gid IN
        (SELECT gid FROM entries WHERE document = ? AND seq <= ? ORDER BY seq LIMIT ?) RETURNING seq`,
    )
    this.#insertSnapshot = database.prepare(
      `INSERT INTO snapshots VALUES(?, ?, ?, ?, ?, ?, ${blob}, ${blob})`,
    )
    this.#deleteSnapshots = database.prepare('DELETE FROM snapshots WHERE document = ? AND seq <> ?')
    this.#markDeleted = database.prepare('INSERT INTO deleted VALUES(?)')
    this.#anyDeleted = database.prepare('SELECT document FROM deleted LIMIT 1')
    this.#unmarkDeleted = database.prepare('DELETE FROM deleted WHERE document = ?')
  }

  /** To be called when a transaction did not commit. */
  forget(): void {
    this.#entryNumbers.forget()
  }

  insertDocument(name: DocumentId, lineage: Lineage, crcOf: (id: number) => number): void {
    const id = Number(this.#insertDocument.get(name, lineage)?.id)
    this.#setDocumentCrc.run(crcOf(id), id)
  }

  setEpochs(name: DocumentId, epochs: Uint8Array, crc: number): void {
    this.#setEpochs.run(epochs, crc, name)
  }

  insertEntry(document: number, { seq, crc, time, author, mark, body }: EntryRow): void {
    this.#insertEntry.run(this.#entryNumbers.next(), document, seq, crc, time, author, mark, body)
  }

  deleteEntries(document: number, through: Seq, limit: number): number {
    return this.#deleteEntries.all(document, through, limit).length
  }

  insertSnapshot(document: number, { seq, crc, body_crc, time, mark, summary, body }: SnapshotRow): void {
    this.#insertSnapshot.run(document, seq, crc, body_crc, time, mark, summary, body)
  }

  deleteSnapshots(document: number, kept: Seq): void {
    this.#deleteSnapshots.run(document, kept)
  }

  deleteDocument(document: number): void {
    this.#deleteDocument.run(document)
    this.#markDeleted.run(document)
  }

  anyDeleted(): number | null {
    const row = this.#anyDeleted.get()
    return row === undefined ? null : Number(row.document)
  }

  forgetDeleted(document: number): void {
    this.#unmarkDeleted.run(document)
  }
}

/** The numbers of a list in JSON; none when it is not one, which only damage makes of it. */
function numbersOf(list: unknown): Float64Array {
  if (typeof list !== 'string') return new Float64Array(0)
  try {
    return Float64Array.from(JSON.parse(list) as number[])
  } catch {
    return new Float64Array(0)
  }
}
