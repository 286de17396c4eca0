import type { DocumentId } from '@tidemark/base'
import type { EntryRow, LogStore, MemoryLogRows, NameRow, SnapshotRow } from '@tidemark/log'
import type { SeededRandom } from '../world/seeded-random.ts'

/** Bytes that lie on a disk in the place of others, without a word. */
export interface Rot {
  readonly document: DocumentId
  /** The row that they make. */
  readonly row: object
  /** For a trace: which bytes. */
  readonly where: string
  /** What somebody would read who does not look at checksums; null when it is no content. */
  readonly content: Uint8Array | null
  /** Whether they lie in a store: copies share rows, so this tells it of a backup too. */
  isIn(store: LogStore): boolean
  /** Puts the right bytes back, if the wrong ones still lie there. */
  mend(store: LogStore): void
}

type Columns<R> = { readonly [C in keyof R]: R[C] }

/**
 * Spoils some stored bytes of some document. Null when nothing is stored there, or they are spoilt already: a second time
 * might make them right again.
 */
export function rotSomewhere(
  store: LogStore,
  random: SeededRandom,
  isRotten: (row: object) => boolean,
): Rot | null {
  const names = store.list(null, Number.MAX_SAFE_INTEGER)
  if (names.length === 0) return null
  const document = random.pick(names)
  const name = store.rows.document(document) as NameRow
  const roll = random.next()
  if (roll < 0.1) return isRotten(name) ? null : rotName(store, document, name, random)
  const snapshots = store.rows.snapshots(name.id)
  if (snapshots.length > 0 && roll < 0.5) {
    const snapshot = random.pick(snapshots)
    return isRotten(snapshot) ? null : rotSnapshot(store, document, snapshot, random)
  }
  return rotEntry(store, document, random, isRotten)
}

/**
 * The last entry of a document is there in part: the disk wrote some of its sectors only, and the checksum is among
 * them. Null when what is missing would be zeros anyway.
 */
export function tearLast(store: LogStore, document: DocumentId): Rot | null {
  const { rows } = store
  const id = rows.document(document)?.id
  const last = id === undefined ? undefined : rows.lastEntry(id)
  if (id === undefined || last === undefined) return null
  const body = new Uint8Array(last.body)
  body.fill(0, body.length >> 1)
  if (body.every((byte, at) => byte === last.body[at])) return null
  return replaceEntry(store, document, id, last, { ...last, body }, 'torn entry')
}

function rotName(store: LogStore, document: DocumentId, row: NameRow, random: SeededRandom): Rot {
  const rotten = flippedName(row, random)
  store.rows.overwriteDocument(document, rotten)
  return {
    document,
    row: rotten,
    where: 'row of the document',
    content: null,
    isIn: ({ rows }) => rows.document(document) === rotten,
    mend: ({ rows }) => {
      if (rows.document(document) === rotten) rows.overwriteDocument(document, row)
    },
  }
}

function flippedName(row: NameRow, random: SeededRandom): NameRow {
  const roll = random.next()
  if (roll < 0.4) return { ...row, crc: row.crc ^ bit(random) }
  if (roll < 0.7 && row.epochs.length > 0) return { ...row, epochs: flippedBytes(row.epochs, random) }
  const at = random.below(row.lineage.length)
  const digit = row.lineage[at] === '0' ? '1' : '0'
  return { ...row, lineage: `${row.lineage.slice(0, at)}${digit}${row.lineage.slice(at + 1)}` }
}

function rotEntry(
  store: LogStore,
  document: DocumentId,
  random: SeededRandom,
  isRotten: (row: object) => boolean,
): Rot | null {
  const { rows } = store
  const id = rows.document(document)?.id as number
  const [first, last] = [rows.firstSeq(id), rows.lastEntry(id)]
  if (first === null || last === undefined) return null
  // The last ones are read most often, the first ones may never be.
  const seq = random.chance(0.3) ? last.seq : first + random.below(last.seq - first + 1)
  const row = rows.entry(id, seq) as EntryRow
  return isRotten(row) ? null : replaceEntry(store, document, id, row, flipped(row, random), `entry ${seq}`)
}

function replaceEntry(
  store: LogStore,
  document: DocumentId,
  id: number,
  row: EntryRow,
  rotten: EntryRow,
  where: string,
): Rot {
  const { seq } = row
  store.rows.overwriteEntry(id, seq, rotten)
  return {
    document,
    row: rotten,
    where,
    content: rotten.body === row.body ? null : rotten.body,
    isIn: ({ rows }) => rows.entry(id, seq) === rotten,
    mend: ({ rows }) => {
      if (rows.entry(id, seq) === rotten) rows.overwriteEntry(id, seq, row)
    },
  }
}

function rotSnapshot(store: LogStore, document: DocumentId, row: SnapshotRow, random: SeededRandom): Rot {
  const rotten = flipped(row, random)
  const id = store.rows.document(document)?.id as number
  store.rows.overwriteSnapshot(id, row, rotten)
  const isIn = (rows: MemoryLogRows): boolean => rows.snapshots(id).includes(rotten)
  return {
    document,
    row: rotten,
    where: `snapshot ${row.seq}`,
    content: rotten.body === row.body ? null : rotten.body,
    isIn: ({ rows }) => isIn(rows),
    mend: ({ rows }) => {
      if (isIn(rows)) rows.overwriteSnapshot(id, rotten, row)
    },
  }
}

/** The row with one bit changed in one of its columns; the larger columns are hit more often, as on a disk. */
function flipped<R extends EntryRow | SnapshotRow>(row: R, random: SeededRandom): R {
  const columns = Object.entries(row as Columns<EntryRow | SnapshotRow>)
  const bytes = columns.filter(([, value]) => value instanceof Uint8Array && value.length > 0)
  if (bytes.length === 0 || random.chance(0.1)) return { ...row, crc: row.crc ^ bit(random) }
  const [column, value] = random.pick(bytes) as [string, Uint8Array]
  return { ...row, [column]: flippedBytes(value, random) }
}

function flippedBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = new Uint8Array(bytes)
  const at = random.below(copy.length)
  copy[at] = (copy[at] as number) ^ (1 << random.below(8))
  return copy
}

function bit(random: SeededRandom): number {
  return 1 << random.below(31)
}
