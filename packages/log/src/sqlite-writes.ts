import { type Check, type DocumentId, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import type { PackedAppend, PackedEntry } from './batch.ts'
import { conflict, noDocument, requireHead, requireLineage, requireNewer } from './bounds.ts'
import { nextCheckOf } from './check.ts'
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts'
import { SqliteReads } from './sqlite-reads.ts'
import { bodyCrcOf, documentCrc, entryCrc, markOf, snapshotCrc } from './sqlite-rows.ts'
import type { LogState, Receipt, Snapshot } from './update-log.ts'
import { type OtherOutcome, type OtherWrite, type Outcome, rowsDeletedMax } from './write.ts'

/** Documents whose head is remembered, some 300 bytes each. */
const headsMax = 10_000

/** One snapshot besides the latest: see writeSnapshot in update-log.ts. */
const snapshotsKept = 2

/** A parameter for bytes of which there may be none: node:sqlite binds an empty array as NULL when its memory is. */
const blob = "ifnull(?, x'')"

/** A parameter for text, given as its bytes: drivers end a string at its first NUL. */
const text = `CAST(${blob} AS TEXT)`

/** What an append needs to know of its document. */
interface Head {
  readonly id: number
  readonly lineage: Lineage
  seq: Seq
  check: Check
}

/**
 * The changes that can be made to a log's database. Each either makes its change or throws before it has changed
 * anything; `log/conflict` and `log/corrupt` leave the transaction usable, whatever SQLite throws does not.
 *
 * As the database has one writer, heads are remembered: call `forget` when a transaction did not commit.
 */
export class SqliteWrites {
  readonly #secret: Uint8Array
  readonly #reads: SqliteReads
  readonly #heads: Map<DocumentId, Head> = new Map()
  /** Per document the lowest `after` that was refused in this transaction. */
  readonly #refused: Map<DocumentId, Seq> = new Map()
  readonly #insertDocument: SqliteStatement
  readonly #setDocumentCrc: SqliteStatement
  readonly #deleteDocument: SqliteStatement
  readonly #insertEntry: SqliteStatement
  readonly #deleteEntries: SqliteStatement
  readonly #insertSnapshot: SqliteStatement
  readonly #deleteSnapshots: SqliteStatement
  readonly #markDeleted: SqliteStatement
  readonly #anyDeleted: SqliteStatement
  readonly #unmarkDeleted: SqliteStatement

  constructor(database: SqliteDatabase, secret: Uint8Array) {
    this.#secret = secret
    this.#reads = new SqliteReads(database)
    this.#insertDocument = database.prepare(
      'INSERT INTO documents(name, lineage, crc) VALUES(?, ?, 0) RETURNING id',
    )
    this.#setDocumentCrc = database.prepare('UPDATE documents SET crc = ? WHERE id = ?')
    this.#deleteDocument = database.prepare('DELETE FROM documents WHERE id = ?')
    this.#insertEntry = database.prepare(
      `INSERT INTO entries(document, seq, crc, time, author, mark, body) VALUES(?, ?, ?, ?, ${text}, ?, ${blob})`,
    )
    this.#deleteEntries = database.prepare(
      `DELETE FROM entries WHERE gid IN
        (SELECT gid FROM entries WHERE document = ? AND seq <= ? ORDER BY seq LIMIT ${rowsDeletedMax}) RETURNING seq`,
    )
    this.#insertSnapshot = database.prepare(
      `INSERT INTO snapshots VALUES(?, ?, ?, ?, ?, ?, ${blob}, ${blob})`,
    )
    this.#deleteSnapshots = database.prepare('DELETE FROM snapshots WHERE document = ? AND seq NOT IN (?, ?)')
    this.#markDeleted = database.prepare('INSERT INTO deleted VALUES(?)')
    this.#anyDeleted = database.prepare('SELECT document FROM deleted LIMIT 1')
    this.#unmarkDeleted = database.prepare('DELETE FROM deleted WHERE document = ?')
  }

  /** To be called when a transaction begins. */
  begin(): void {
    this.#refused.clear()
  }

  /** To be called when a transaction did not commit. */
  forget(): void {
    this.#heads.clear()
  }

  append(append: PackedAppend): Outcome {
    try {
      return { kind: 'appended', receipt: this.#append(append) }
    } catch (error) {
      const { document, after } = append
      this.#refused.set(document, Math.min(after, this.#refused.get(document) ?? after))
      return refusal(error)
    }
  }

  apply(write: OtherWrite): OtherOutcome {
    try {
      return this.#apply(write)
    } catch (error) {
      return refusal(error)
    }
  }

  #apply(write: OtherWrite): OtherOutcome {
    switch (write.kind) {
      case 'create':
        return { kind: 'created', state: this.#create(write.document, write.lineage) }
      case 'snapshot':
        this.#writeSnapshot(write.document, write.lineage, write.snapshot)
        return { kind: 'done' }
      case 'trim':
        return this.#trim(write.document, write.lineage, write.through, write.covered)
      case 'delete':
        this.#delete(write.document)
        return { kind: 'done' }
      case 'sweep':
        return { kind: 'swept', more: this.#sweep() }
    }
  }

  #create(document: DocumentId, lineage: Lineage): LogState {
    if (this.#reads.document(document) === null) {
      const id = Number(this.#insertDocument.get(document, lineage)?.id)
      this.#setDocumentCrc.run(documentCrc(id, document, lineage), id)
    }
    const { id: _, ...state } = this.#reads.state(document)!
    return state
  }

  #append({ document, lineage, after, entries }: PackedAppend): Receipt {
    const head = this.#mustGetHead(document)
    requireLineage(head.lineage, lineage)
    requireHead(head.seq, after)
    // The head may by chance be where a refused append would have left it: its followers must not slip in.
    if (after > (this.#refused.get(document) ?? after))
      throw conflict('an append before this one was refused')
    const checks = entries.map((entry) => this.#insert(head, entry))
    return { head: head.seq, checks }
  }

  #insert(head: Head, { timeMs, author, content, update }: PackedEntry): Check {
    const seq = head.seq + 1
    const check = nextCheckOf(this.#secret, head.lineage, head.check, seq, content)
    const mark = markOf(check)
    this.#insertEntry.run(
      head.id,
      seq,
      entryCrc(head.id, seq, timeMs, mark, author, update),
      timeMs,
      author,
      mark,
      update,
    )
    head.seq = seq
    head.check = check
    return check
  }

  #writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): void {
    const { id, head } = this.#mustGetState(document, lineage)
    // A damaged snapshot does not count: it is replaced, and another one kept instead.
    const [latest = 0] = this.#reads.readableSnapshotSeqs(id)
    requireNewer(snapshot.seq, latest, head)
    const { seq, timeMs, summary, body } = snapshot
    const mark = markOf(snapshot.check)
    const bodyCrc = bodyCrcOf(body)
    const crc = snapshotCrc(id, seq, timeMs, mark, summary, bodyCrc)
    this.#deleteSnapshots.run(id, latest, latest)
    this.#insertSnapshot.run(id, seq, crc, bodyCrc, timeMs, mark, summary, body)
  }

  #trim(document: DocumentId, lineage: Lineage, wanted: Seq, covered: boolean): OtherOutcome {
    const { id, floor } = this.#mustGetState(document, lineage)
    const previous = covered ? wanted : (this.#reads.readableSnapshotSeqs(id)[snapshotsKept - 1] ?? 0)
    const through = Math.min(wanted, previous)
    if (through <= floor) return { kind: 'trimmed', floor, through: floor }
    const deleted = this.#deleteEntries.all(id, through).length
    return { kind: 'trimmed', floor: floor + deleted, through }
  }

  /** The rows are left to `sweep`: there may be very many. Damaged documents can be deleted too. */
  #delete(document: DocumentId): void {
    const id = this.#reads.documentId(document)
    if (id === null) return
    this.#heads.delete(document)
    this.#deleteDocument.run(id)
    this.#markDeleted.run(id)
  }

  #sweep(): boolean {
    const row = this.#anyDeleted.get()
    if (row === undefined) return false
    const id = Number(row.document)
    if (this.#deleteEntries.all(id, Number.MAX_SAFE_INTEGER).length === rowsDeletedMax) return true
    this.#deleteSnapshots.run(id, 0, 0)
    this.#unmarkDeleted.run(id)
    return this.#anyDeleted.get() !== undefined
  }

  #mustGetHead(document: DocumentId): Head {
    const known = this.#heads.get(document)
    if (known !== undefined) return known
    const state = this.#reads.state(document)
    if (state === null) throw noDocument()
    const head = { id: state.id, lineage: state.lineage, seq: state.head, check: state.check }
    if (this.#heads.size >= headsMax) this.#forgetOldest()
    this.#heads.set(document, head)
    return head
  }

  /** A Map iterates in the order of insertion. */
  #forgetOldest(): void {
    const oldest = this.#heads.keys().next()
    if (oldest.done !== true) this.#heads.delete(oldest.value)
  }

  #mustGetState(document: DocumentId, lineage: Lineage): LogState & { readonly id: number } {
    const state = this.#reads.state(document)
    requireLineage(state?.lineage, lineage)
    return state!
  }
}

/** What concerns one document is its outcome; anything else concerns the transaction. */
function refusal(error: unknown): OtherOutcome {
  if (!(error instanceof TidemarkError)) throw error
  const { code, message } = error
  if (code !== 'log/conflict' && code !== 'log/corrupt') throw error
  return { kind: 'refused', code, message }
}
