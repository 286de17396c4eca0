import { type Check, type DocumentId, emptyCheck, type Seq } from '@tidemark/base'
import { corrupt, noDocument, requireReadable } from './bounds.ts'
import type { SqliteDatabase, SqliteRow, SqliteStatement } from './sqlite-driver.ts'
import { type DocumentRow, documentOf, entryOf, snapshotHeadOf, snapshotOf } from './sqlite-rows.ts'
import type { Entry, LogState, Snapshot } from './update-log.ts'

/** A document's state, and the number by which its rows know it. */
export interface StoredState extends LogState {
  readonly id: number
}

type SnapshotHead = Omit<Snapshot, 'body'>

/**
 * What can be asked of a log's database. Each method wants to run inside one transaction, so that it sees one moment.
 * Whatever fails its checksum, or leaves a hole, is `log/corrupt`; it is never returned.
 */
export class SqliteReads {
  readonly #document: SqliteStatement
  readonly #first: SqliteStatement
  readonly #last: SqliteStatement
  readonly #entry: SqliteStatement
  readonly #entries: SqliteStatement
  readonly #snapshotHeads: SqliteStatement
  readonly #snapshots: SqliteStatement
  readonly #names: SqliteStatement

  constructor(database: SqliteDatabase) {
    // As bytes: drivers end a text at its first NUL.
    const author = 'CAST(author AS BLOB) AS author'
    const entry = `SELECT seq, crc, time, ${author}, mark, body FROM entries WHERE document = ?`
    const snapshotHead = 'SELECT seq, crc, body_crc, time, mark, summary'
    const snapshots = 'FROM snapshots WHERE document = ? ORDER BY seq DESC'
    this.#document = database.prepare('SELECT id, lineage, crc FROM documents WHERE name = ?')
    this.#first = database.prepare('SELECT seq FROM entries WHERE document = ? ORDER BY seq LIMIT 1')
    this.#last = database.prepare(`${entry} ORDER BY seq DESC LIMIT 1`)
    this.#entry = database.prepare(`${entry} AND seq = ?`)
    this.#entries = database.prepare(`${entry} AND seq > ? ORDER BY seq`)
    this.#snapshotHeads = database.prepare(`${snapshotHead} ${snapshots}`)
    this.#snapshots = database.prepare(`${snapshotHead}, body ${snapshots}`)
    this.#names = database.prepare('SELECT name FROM documents WHERE name > ? ORDER BY name LIMIT ?')
  }

  document(name: DocumentId): DocumentRow | null {
    const row = this.#document.get(name)
    if (row === undefined) return null
    return documentOf(row, name) ?? damaged('the row of the document')
  }

  /** The number of a document's rows, whether or not its own row is intact. */
  documentId(name: DocumentId): number | null {
    const id = this.#document.get(name)?.id
    return id === undefined ? null : Number(id)
  }

  state(name: DocumentId): StoredState | null {
    const document = this.document(name)
    if (document === null) return null
    const head = this.#headEntry(document.id)
    const floor = this.#floor(document.id)
    const snapshots = this.#readableHeads(document.id)
    const snapshot = snapshots[0] ?? null
    requirePath(floor, head?.seq ?? 0, snapshots)
    return { ...document, head: head?.seq ?? 0, check: head?.check ?? emptyCheck, floor, snapshot }
  }

  entries(name: DocumentId, after: Seq, bytesMax: number): readonly Entry[] {
    const document = this.document(name)
    if (document === null) throw noDocument()
    requireReadable(after, this.#floor(document.id), this.#headEntry(document.id)?.seq ?? 0)
    const page: Entry[] = []
    let bytes = 0
    for (const row of this.#entries.iterate(document.id, after)) {
      const entry = mustBeEntry(row, document.id, after + page.length + 1)
      bytes += entry.update.length
      if (page.length > 0 && bytes > bytesMax) break
      page.push(entry)
    }
    return page
  }

  /** The newest snapshot whose checksums hold. */
  snapshot(name: DocumentId): Snapshot | null {
    const document = this.document(name)
    if (document === null) return null
    const stored = this.#snapshots.all(document.id)
    const readable = readableSnapshots(stored, document.id)[0]
    if (readable !== undefined || stored.length === 0) return readable ?? null
    return damaged('every snapshot')
  }

  /** Seqs of the snapshots whose checksums hold, bodies included; newest first. */
  readableSnapshotSeqs(id: number): readonly Seq[] {
    return readableSnapshots(this.#snapshots.all(id), id).map((snapshot) => snapshot.seq)
  }

  checkAt(name: DocumentId, seq: Seq): Check | null {
    const document = this.document(name)
    if (document === null) return null
    if (seq === 0) return emptyCheck
    const row = this.#entry.get(document.id, seq)
    if (row !== undefined) return mustBeEntry(row, document.id, seq).check
    return this.#readableHeads(document.id).find((snapshot) => snapshot.seq === seq)?.check ?? null
  }

  names(after: DocumentId | null, limit: number): readonly DocumentId[] {
    return this.#names.all(after ?? '', limit).map((row) => String(row.name))
  }

  #headEntry(id: number): Entry | null {
    const row = this.#last.get(id)
    return row === undefined ? null : mustBeEntry(row, id, Number(row.seq))
  }

  #floor(id: number): Seq {
    const row = this.#first.get(id)
    return row === undefined ? 0 : Number(row.seq) - 1
  }

  #readableHeads(id: number): readonly SnapshotHead[] {
    return this.#snapshotHeads.all(id).flatMap((row) => snapshotHeadOf(row, id) ?? [])
  }
}

function mustBeEntry(row: SqliteRow, document: number, seq: Seq): Entry {
  const entry = entryOf(row, document)
  return entry !== null && entry.seq === seq ? entry : damaged(`entry ${seq}`)
}

/** Everything up to the head can be had: from a snapshot at or above the floor, and nothing ends below a snapshot. */
function requirePath(floor: Seq, head: Seq, snapshots: readonly SnapshotHead[]): void {
  const latest = snapshots[0]?.seq ?? 0
  if (latest > head) damaged(`the entries ${head + 1} to ${latest}`)
  if (floor > latest) damaged(`the snapshot that stands for entries 1 to ${floor}`)
}

function readableSnapshots(rows: readonly SqliteRow[], id: number): readonly Snapshot[] {
  return rows.flatMap((row) => snapshotOf(row, id) ?? [])
}

function damaged(what: string): never {
  throw corrupt(`${what}: missing, or the checksum does not hold`)
}
