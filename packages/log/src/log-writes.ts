import { type Check, type DocumentId, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { PackedAppend, PackedEntry } from './batch.ts'
import { conflict, noDocument, requireHead, requireLineage, requireNewer } from './bounds.ts'
import { nextCheckOf } from './check.ts'
import { type Epoch, epochAt, withEpoch } from './epochs.ts'
import { LogReads } from './log-reads.ts'
import type { WritableLogRows } from './log-rows.ts'
import { bodyCrcOf, documentCrc, entryCrc, markOf, snapshotCrc } from './rows.ts'
import type { LogState, Receipt, Snapshot } from './update-log.ts'
import { type OtherOutcome, type OtherWrite, type Outcome, rowsDeletedMax } from './write.ts'

/** Documents whose head is remembered, some 300 bytes each. */
const headsMax = 10_000

/** One snapshot besides the latest: see writeSnapshot in update-log.ts. */
const snapshotsKept = 2

/** What an append needs to know of its document. */
interface Head {
  readonly id: number
  readonly lineage: Lineage
  seq: Seq
  check: Check
  /** Our epoch is in the document's row. */
  isOurs: boolean
}

/**
 * The changes that can be made to a log, decided on its rows alone: the same whatever holds them. Each either makes its
 * change or throws before it has changed anything; `log/conflict` and `log/corrupt` leave the transaction usable,
 * whatever the rows themselves throw does not.
 *
 * As a log has one writer, heads are remembered: call `forget` when a transaction did not commit.
 */
export class LogWrites {
  readonly #secret: Uint8Array
  readonly #epoch: Epoch
  readonly #rows: WritableLogRows
  readonly #reads: LogReads
  readonly #heads: Map<DocumentId, Head> = new Map()
  /** Per document the lowest `after` that was refused in this transaction. */
  readonly #refused: Map<DocumentId, Seq> = new Map()

  /** `epoch`: drawn for this opening of the log, and for no other (epochs.ts). */
  constructor(rows: WritableLogRows, secret: Uint8Array, epoch: Epoch) {
    this.#secret = secret
    this.#epoch = epoch
    this.#rows = rows
    this.#reads = new LogReads(rows)
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
      this.#rows.insertDocument(document, lineage, (id) => documentCrc(id, document, lineage, noEpochs))
    }
    return this.#reads.load(document)!
  }

  #append({ document, lineage, after, entries }: PackedAppend): Receipt {
    const head = this.#mustGetHead(document)
    requireLineage(head.lineage, lineage)
    requireHead(head.seq, after)
    // The head may by chance be where a refused append would have left it: its followers must not slip in.
    if (after > (this.#refused.get(document) ?? after))
      throw conflict('an append before this one was refused')
    if (entries.length > 0 && !head.isOurs) this.#makeOurs(document, head)
    const checks = entries.map((entry) => this.#insert(head, entry))
    return { head: head.seq, checks }
  }

  /** Writes our epoch before the first entry of it: once per document and process. */
  #makeOurs(name: DocumentId, head: Head): void {
    const document = this.#reads.document(name)
    if (document === null) throw noDocument()
    const { id, lineage, epochs } = document
    if (epochAt(epochs, head.seq) !== this.#epoch) {
      const now = withEpoch(epochs, head.seq + 1, this.#epoch)
      this.#rows.setEpochs(name, now, documentCrc(id, name, lineage, now))
    }
    head.isOurs = true
  }

  #insert(head: Head, { timeMs, author, content, update }: PackedEntry): Check {
    const seq = head.seq + 1
    const check = nextCheckOf(this.#secret, head.lineage, head.check, seq, this.#epoch, content)
    const mark = markOf(check)
    const crc = entryCrc(head.id, seq, timeMs, mark, author, update)
    this.#rows.insertEntry(head.id, { seq, crc, time: timeMs, author, mark, body: update })
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
    this.#rows.deleteSnapshots(id, latest)
    this.#rows.insertSnapshot(id, { seq, crc, body_crc: bodyCrc, time: timeMs, mark, summary, body })
  }

  #trim(document: DocumentId, lineage: Lineage, wanted: Seq, covered: boolean): OtherOutcome {
    const { id, floor } = this.#mustGetState(document, lineage)
    const previous = covered ? wanted : (this.#reads.readableSnapshotSeqs(id)[snapshotsKept - 1] ?? 0)
    const through = Math.min(wanted, previous)
    if (through <= floor) return { kind: 'trimmed', floor, through: floor }
    const deleted = this.#rows.deleteEntries(id, through, rowsDeletedMax)
    if (deleted > 0) sometimes('entries are cut off because snapshots stand for them')
    return { kind: 'trimmed', floor: floor + deleted, through }
  }

  /** The rows are left to `sweep`: there may be very many. Damaged documents can be deleted too. */
  #delete(document: DocumentId): void {
    const id = this.#reads.documentId(document)
    if (id === null) return
    this.#heads.delete(document)
    this.#rows.deleteDocument(id)
  }

  #sweep(): boolean {
    const id = this.#rows.anyDeleted()
    if (id === null) return false
    if (this.#rows.deleteEntries(id, Number.MAX_SAFE_INTEGER, rowsDeletedMax) === rowsDeletedMax) return true
    this.#rows.deleteSnapshots(id, 0)
    this.#rows.forgetDeleted(id)
    return this.#rows.anyDeleted() !== null
  }

  #mustGetHead(document: DocumentId): Head {
    const known = this.#heads.get(document)
    if (known !== undefined) return known
    const state = this.#reads.state(document)
    if (state === null) throw noDocument()
    const { id, lineage, head: seq, check } = state
    const head = { id, lineage, seq, check, isOurs: false }
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

const noEpochs: Uint8Array = new Uint8Array(0)

/** What concerns one document is its outcome; anything else concerns the transaction. */
function refusal(error: unknown): OtherOutcome {
  if (!(error instanceof TidemarkError)) throw error
  const { code, message } = error
  if (code !== 'log/conflict' && code !== 'log/corrupt') throw error
  return { kind: 'refused', code, message }
}
