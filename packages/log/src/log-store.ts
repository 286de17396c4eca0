import {
  assert,
  type Check,
  type Cursor,
  type DocumentId,
  emptyCheck,
  type Lineage,
  type Seq,
} from '@tidemark/base'
import {
  assertLineage,
  assertSeq,
  assertSnapshot,
  assertTimes,
  noDocument,
  requireHead,
  requireLineage,
  requireNewer,
  requireReadable,
} from './bounds.ts'
import { isIssued, nextCheck, secretBytes } from './check.ts'
import type { Append, Entry, LogState, Receipt, Snapshot } from './update-log.ts'

/** Two, so that a damaged one costs time and not the document. */
const snapshotsKept = 2

interface DocumentLog {
  readonly lineage: Lineage
  /** Entries `floor + 1` to the head. */
  readonly entries: Entry[]
  readonly floor: Seq
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
}

/**
 * What an update log holds and decides, as plain synchronous state: every method either does all it says or throws and
 * changes nothing. MemoryLog puts promises around it; a simulator puts delays, failures and crashes around it and keeps
 * a `copy` to restore as if it were a backup. Bytes are copied on their way in and out.
 */
export class LogStore {
  readonly #secret: Uint8Array
  readonly #documents: Map<DocumentId, DocumentLog> = new Map()

  /** `secret`: 32 random bytes, see check.ts. */
  constructor(secret: Uint8Array) {
    assert(secret.length === secretBytes, `the secret has ${secretBytes} bytes`)
    this.#secret = secret
  }

  /** A second store that holds the same, as a copy of the disk would. */
  copy(): LogStore {
    const copy = new LogStore(this.#secret)
    for (const [document, log] of this.#documents)
      copy.#documents.set(document, { ...log, entries: [...log.entries] })
    return copy
  }

  load(document: DocumentId): LogState | null {
    const log = this.#documents.get(document)
    return log === undefined ? null : stateOf(log)
  }

  create(document: DocumentId, lineage: Lineage): LogState {
    assertLineage(lineage)
    const log = this.#documents.get(document) ?? { lineage, entries: [], floor: 0, snapshots: [] }
    this.#documents.set(document, log)
    return stateOf(log)
  }

  append(document: DocumentId, append: Append): Receipt {
    assertTimes(append)
    const log = this.#mustGet(document, append.lineage)
    const { head, check } = stateOf(log)
    requireHead(head, append.after)
    const added: Entry[] = []
    for (const entry of append.entries) {
      const seq = head + added.length + 1
      const before = added.at(-1)?.check ?? check
      const next = nextCheck(this.#secret, log.lineage, before, seq, entry.author, entry.update)
      added.push(copyOfEntry({ ...entry, seq, check: next }))
    }
    log.entries.push(...added)
    return { head: head + added.length, checks: added.map((entry) => entry.check) }
  }

  read(document: DocumentId, after: Seq, bytesMax: number): readonly Entry[] {
    const log = this.#mustGet(document)
    requireReadable(after, log.floor, headOf(log))
    const page: Entry[] = []
    let bytes = 0
    for (let at = after - log.floor; at < log.entries.length; at++) {
      const entry = log.entries[at] as Entry
      bytes += entry.update.length
      if (page.length > 0 && bytes > bytesMax) break
      page.push(copyOfEntry(entry))
    }
    return page
  }

  readSnapshot(document: DocumentId): Snapshot | null {
    const latest = this.#documents.get(document)?.snapshots.at(-1)
    return latest === undefined ? null : copyOfSnapshot(latest)
  }

  writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): void {
    assertSnapshot(snapshot)
    const log = this.#mustGet(document, lineage)
    requireNewer(snapshot.seq, log.snapshots.at(-1)?.seq ?? 0, headOf(log))
    const snapshots = [...log.snapshots, copyOfSnapshot(snapshot)].slice(-snapshotsKept)
    this.#documents.set(document, { ...log, snapshots })
  }

  trim(document: DocumentId, lineage: Lineage, through: Seq): Seq {
    assertSeq(through)
    const log = this.#mustGet(document, lineage)
    const covered = log.snapshots.at(-snapshotsKept)?.seq ?? 0
    const floor = Math.max(log.floor, Math.min(through, covered))
    this.#documents.set(document, { ...log, floor, entries: log.entries.slice(floor - log.floor) })
    return floor
  }

  checkAt(document: DocumentId, seq: Seq): Check | null {
    const log = this.#documents.get(document)
    if (log === undefined) return null
    if (seq === 0) return emptyCheck
    const kept = log.entries[seq - log.floor - 1] ?? log.snapshots.find((snapshot) => snapshot.seq === seq)
    return kept?.check ?? null
  }

  issued(cursor: Cursor): boolean {
    return isIssued(this.#secret, cursor)
  }

  delete(document: DocumentId): void {
    this.#documents.delete(document)
  }

  list(after: DocumentId | null, limit: number): readonly DocumentId[] {
    const rest = [...this.#documents.keys()].filter((id) => after === null || compareIds(id, after) > 0)
    return rest.sort(compareIds).slice(0, limit)
  }

  #mustGet(document: DocumentId, lineage?: Lineage): DocumentLog {
    const log = this.#documents.get(document)
    if (log === undefined) throw noDocument()
    if (lineage !== undefined) requireLineage(log.lineage, lineage)
    return log
  }
}

function headOf(log: DocumentLog): Seq {
  return log.floor + log.entries.length
}

function stateOf(log: DocumentLog): LogState {
  const latest = log.snapshots.at(-1)
  return {
    lineage: log.lineage,
    head: headOf(log),
    // Never trimmed to nothing: the previous snapshot lies below the latest, and that one at or below the head.
    check: log.entries.at(-1)?.check ?? emptyCheck,
    floor: log.floor,
    snapshot: latest === undefined ? null : withoutBody(latest),
  }
}

function withoutBody({ seq, check, summary, timeMs }: Snapshot): Omit<Snapshot, 'body'> {
  return { seq, check, summary: summary.slice(), timeMs }
}

function copyOfSnapshot(snapshot: Snapshot): Snapshot {
  return { ...withoutBody(snapshot), body: snapshot.body.slice() }
}

function copyOfEntry({ seq, check, update, author, timeMs }: Entry): Entry {
  return { seq, check, update: update.slice(), author, timeMs }
}

/** UTF-8 order is not that of JavaScript strings: above U+FFFF the two differ. */
function compareIds(a: DocumentId, b: DocumentId): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
