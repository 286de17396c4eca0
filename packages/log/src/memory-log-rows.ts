import type { DocumentId, Lineage, Seq } from '@tidemark/base'
import type { WritableLogRows } from './log-rows.ts'
import { type Page, pageEntriesMax, pageOf } from './page.ts'
import type { EntryRow, SnapshotRow } from './rows.ts'

/** The row by which a document is found. */
export type NameRow = {
  readonly id: number
  readonly lineage: Lineage
  readonly epochs: Uint8Array
  readonly crc: number
}

interface DocumentRows {
  /** Entries `first` and on: seqs have no holes, whatever the rows themselves say. */
  first: Seq
  entries: EntryRow[]
  /** The newest first. */
  snapshots: SnapshotRow[]
}

/** The rows of a log in memory. A row is never changed, only replaced: copies share them. */
export class MemoryLogRows implements WritableLogRows {
  readonly #names: Map<DocumentId, NameRow> = new Map()
  readonly #documents: Map<number, DocumentRows> = new Map()
  readonly #deleted: Set<number> = new Set()
  #lastId = 0

  /** The same rows, as a copy of the disk would have them. */
  copy(): MemoryLogRows {
    const copy = new MemoryLogRows()
    copy.#lastId = this.#lastId
    for (const [name, row] of this.#names) copy.#names.set(name, row)
    for (const [id, { first, entries, snapshots }] of this.#documents)
      copy.#documents.set(id, { first, entries: [...entries], snapshots: [...snapshots] })
    for (const id of this.#deleted) copy.#deleted.add(id)
    return copy
  }

  document(name: DocumentId): NameRow | undefined {
    return this.#names.get(name)
  }

  firstSeq(document: number): Seq | null {
    const { entries, first } = this.#of(document)
    return entries.length === 0 ? null : first
  }

  lastEntry(document: number): EntryRow | undefined {
    return this.#of(document).entries.at(-1)
  }

  entry(document: number, seq: Seq): EntryRow | undefined {
    const { entries, first } = this.#of(document)
    return entries[seq - first]
  }

  page(document: number, after: Seq, bytesMax: number): Page {
    const { entries, first } = this.#of(document)
    const start = Math.max(0, after + 1 - first)
    const endMax = Math.min(entries.length, start + pageEntriesMax)
    let end = start
    for (let bytes = 0; end < endMax; end++) {
      bytes += (entries[end] as EntryRow).body.length
      if (bytes > bytesMax && end > start) break
    }
    return pageOf(entries.slice(start, end))
  }

  snapshotHeads(document: number): readonly SnapshotRow[] {
    return this.#of(document).snapshots
  }

  snapshots(document: number): readonly SnapshotRow[] {
    return this.#of(document).snapshots
  }

  names(after: DocumentId, limit: number): readonly DocumentId[] {
    const rest = [...this.#names.keys()].filter((name) => compareIds(name, after) > 0)
    return rest.sort(compareIds).slice(0, limit)
  }

  insertDocument(name: DocumentId, lineage: Lineage, crcOf: (id: number) => number): void {
    const id = ++this.#lastId
    this.#names.set(name, { id, lineage, epochs: new Uint8Array(0), crc: crcOf(id) })
    this.#documents.set(id, { first: 1, entries: [], snapshots: [] })
  }

  setEpochs(name: DocumentId, epochs: Uint8Array, crc: number): void {
    const row = this.#names.get(name)
    if (row) this.#names.set(name, { ...row, epochs: copyOf(epochs), crc })
  }

  insertEntry(document: number, { author, mark, body, ...rest }: EntryRow): void {
    const copy = { ...rest, author: copyOf(author), mark: copyOf(mark), body: copyOf(body) }
    this.#of(document).entries.push(copy)
  }

  deleteEntries(document: number, through: Seq, limit: number): number {
    const rows = this.#of(document)
    const count = Math.max(0, Math.min(limit, rows.entries.length, through - rows.first + 1))
    rows.entries = rows.entries.slice(count)
    rows.first += count
    return count
  }

  insertSnapshot(document: number, { mark, summary, body, ...rest }: SnapshotRow): void {
    const copy = { ...rest, mark: copyOf(mark), summary: copyOf(summary), body: copyOf(body) }
    const rows = this.#of(document)
    rows.snapshots = [copy, ...rows.snapshots].sort((a, b) => b.seq - a.seq)
  }

  deleteSnapshots(document: number, kept: Seq): void {
    const rows = this.#of(document)
    rows.snapshots = rows.snapshots.filter(({ seq }) => seq === kept)
  }

  deleteDocument(document: number): void {
    for (const [name, { id }] of this.#names) if (id === document) this.#names.delete(name)
    this.#deleted.add(document)
  }

  anyDeleted(): number | null {
    return this.#deleted.values().next().value ?? null
  }

  forgetDeleted(document: number): void {
    this.#deleted.delete(document)
    this.#documents.delete(document)
  }

  // What a bad disk does: other bytes lie where these were.

  overwriteDocument(name: DocumentId, row: NameRow): void {
    this.#names.set(name, row)
  }

  /** Puts `row` where the entry `seq` lies. */
  overwriteEntry(document: number, seq: Seq, row: EntryRow): void {
    const { entries, first } = this.#of(document)
    entries[seq - first] = row
  }

  /** Puts `row` in the place of `snapshot`. */
  overwriteSnapshot(document: number, snapshot: SnapshotRow, row: SnapshotRow): void {
    const rows = this.#of(document)
    rows.snapshots = rows.snapshots.map((each) => (each === snapshot ? row : each))
  }

  #of(document: number): DocumentRows {
    return this.#documents.get(document) ?? { first: 1, entries: [], snapshots: [] }
  }
}

/** Not `slice`: that of a Buffer copies nothing. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** UTF-8 order is not that of JavaScript strings: above U+FFFF the two differ. */
function compareIds(a: DocumentId, b: DocumentId): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
