import { type Check, type DocumentId, emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import { corrupt, noDocument, requireReadable } from './bounds.ts'
import { epochAt } from './epochs.ts'
import type { HistoryAt } from './judge.ts'
import type { LogRows } from './log-rows.ts'
import { firstDamaged, type Page } from './page.ts'
import { type DocumentRow, documentOf, entryOf, type Row, snapshotHeadOf, snapshotOf } from './rows.ts'
import type { Entry, LogState, Snapshot } from './update-log.ts'

/** A document's state, and the number by which its rows know it. */
export interface StoredState extends LogState {
  readonly id: number
}

type SnapshotHead = Omit<Snapshot, 'body'>

/**
 * What can be asked of a log, decided on its rows alone: the same whatever holds them. Each method wants to run inside
 * one transaction, so that it sees one moment. Whatever fails its checksum, or leaves a hole, is `log/corrupt`; it is
 * never returned.
 */
export class LogReads {
  readonly #rows: LogRows

  constructor(rows: LogRows) {
    this.#rows = rows
  }

  document(name: DocumentId): DocumentRow | null {
    const row = this.#rows.document(name)
    if (row === undefined) return null
    return documentOf(row, name) ?? damaged('the row of the document')
  }

  /** The number of a document's rows, whether or not its own row is intact. */
  documentId(name: DocumentId): number | null {
    const id = this.#rows.document(name)?.id
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
    const { id, lineage } = document
    return { id, lineage, head: head?.seq ?? 0, check: head?.check ?? emptyCheck, floor, snapshot }
  }

  /** The same for others. */
  load(name: DocumentId): LogState | null {
    const stored = this.state(name)
    if (stored === null) return null
    const { id: _, ...state } = stored
    return state
  }

  page(name: DocumentId, after: Seq, bytesMax: number): Page {
    const document = this.document(name)
    if (document === null) throw noDocument()
    const head = this.#headEntry(document.id)?.seq ?? 0
    requireReadable(after, this.#floor(document.id), head)
    const page = this.#rows.page(document.id, after, bytesMax)
    const missing = page.heads.length === 0 && after < head ? after + 1 : null
    const damage = missing ?? firstDamaged(page, document.id, after)
    return damage === null ? page : damaged(`entry ${damage}`)
  }

  /** The newest snapshot whose checksums hold. */
  snapshot(name: DocumentId): Snapshot | null {
    const document = this.document(name)
    if (document === null) return null
    const stored = this.#rows.snapshots(document.id)
    const readable = readableSnapshots(stored, document.id)[0]
    if (readable !== undefined || stored.length === 0) return readable ?? null
    return damaged('every snapshot')
  }

  /** Seqs of the snapshots whose checksums hold, bodies included; newest first. */
  readableSnapshotSeqs(id: number): readonly Seq[] {
    return readableSnapshots(this.#rows.snapshots(id), id).map((snapshot) => snapshot.seq)
  }

  /** What is known of the document at `seq`; null when there is none of this lineage. */
  historyAt(name: DocumentId, lineage: Lineage, seq: Seq): HistoryAt | null {
    const document = this.document(name)
    if (document === null || document.lineage !== lineage) return null
    const head = this.#headEntry(document.id)?.seq ?? 0
    return { head, check: this.#checkAt(document.id, seq), epoch: epochAt(document.epochs, seq) }
  }

  #checkAt(id: number, seq: Seq): Check | null {
    if (seq === 0) return emptyCheck
    const row = this.#rows.entry(id, seq)
    if (row !== undefined) return mustBeEntry(row, id, seq).check
    return this.#readableHeads(id).find((snapshot) => snapshot.seq === seq)?.check ?? null
  }

  names(after: DocumentId | null, limit: number): readonly DocumentId[] {
    return this.#rows.names(after ?? '', limit)
  }

  #headEntry(id: number): Entry | null {
    const row = this.#rows.lastEntry(id)
    return row === undefined ? null : mustBeEntry(row, id, Number(row.seq))
  }

  #floor(id: number): Seq {
    return (this.#rows.firstSeq(id) ?? 1) - 1
  }

  #readableHeads(id: number): readonly SnapshotHead[] {
    return this.#rows.snapshotHeads(id).flatMap((row) => snapshotHeadOf(row, id) ?? [])
  }
}

function mustBeEntry(row: Row, document: number, seq: Seq): Entry {
  const entry = entryOf(row, document)
  return entry !== null && entry.seq === seq ? entry : damaged(`entry ${seq}`)
}

/** Everything up to the head can be had: from a snapshot at or above the floor, and nothing ends below a snapshot. */
function requirePath(floor: Seq, head: Seq, snapshots: readonly SnapshotHead[]): void {
  const latest = snapshots[0]?.seq ?? 0
  if (latest > head) damaged(`the entries ${head + 1} to ${latest}`)
  if (floor > latest) damaged(`the snapshot that stands for entries 1 to ${floor}`)
}

function readableSnapshots(rows: readonly Row[], id: number): readonly Snapshot[] {
  return rows.flatMap((row) => snapshotOf(row, id) ?? [])
}

function damaged(what: string): never {
  throw corrupt(`${what}: missing, or the checksum does not hold`)
}
