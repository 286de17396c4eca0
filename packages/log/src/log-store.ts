import { assert, type Cursor, type DocumentId, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import { AppendReader, packBatch } from './batch.ts'
import { assertLineage, assertSeq, assertSnapshot, assertTimes } from './bounds.ts'
import { isIssued, secretBytes } from './check.ts'
import { type Epoch, epochBytes } from './epochs.ts'
import { type Judgement, judgeCursor } from './judge.ts'
import { LogReads } from './log-reads.ts'
import { LogWrites } from './log-writes.ts'
import { MemoryLogRows } from './memory-log-rows.ts'
import { entriesOf } from './page.ts'
import type { Append, Entry, LogState, Receipt, Snapshot } from './update-log.ts'
import type { OtherOutcome, OtherWrite, Outcome } from './write.ts'

/**
 * What an update log holds and decides, as plain synchronous state: every method either does all it says or throws and
 * changes nothing. MemoryLog puts promises around it; a simulator puts delays, failures and crashes around it, damages
 * its `rows`, and keeps a `copy` to restore as if it were a backup. Bytes are copied on their way in and out.
 *
 * All decisions are those of SqliteLog, checksums and order included: only the rows lie elsewhere.
 */
export class LogStore {
  /** What lies on the disk, to be looked at and damaged. */
  readonly rows: MemoryLogRows
  readonly #secret: Uint8Array
  readonly #reads: LogReads
  #writes: LogWrites | null = null

  /** `secret`: 32 random bytes, see check.ts. */
  constructor(secret: Uint8Array, rows: MemoryLogRows = new MemoryLogRows()) {
    assert(secret.length === secretBytes, `the secret has ${secretBytes} bytes`)
    this.#secret = secret
    this.rows = rows
    this.#reads = new LogReads(rows)
  }

  /** A second store that holds the same, as a copy of the disk would: not opened. */
  copy(): LogStore {
    return new LogStore(this.#secret, this.rows.copy())
  }

  /**
   * To be called when a process opens the store, before it writes: what the one before remembered of it is gone.
   * `epoch`: 4 random bytes of its own, see epochs.ts.
   */
  open(epoch: Uint8Array): void {
    assert(epoch.length === epochBytes, `an epoch has ${epochBytes} bytes`)
    const drawn: Epoch = Buffer.from(epoch).toString('hex')
    this.#writes = new LogWrites(this.rows, this.#secret, drawn)
  }

  load(document: DocumentId): LogState | null {
    const state = this.#reads.load(document)
    return state && { ...state, snapshot: state.snapshot && copyOfHead(state.snapshot) }
  }

  create(document: DocumentId, lineage: Lineage): LogState {
    assertLineage(lineage)
    return (this.#apply({ kind: 'create', document, lineage }) as OtherOutcome & { kind: 'created' }).state
  }

  append(document: DocumentId, append: Append): Receipt {
    assertTimes(append)
    const { appends } = packBatch([{ kind: 'append', document, append }])
    const outcome = accepted(this.#beginWrite().append(new AppendReader(appends).next()))
    return (outcome as Outcome & { kind: 'appended' }).receipt
  }

  read(document: DocumentId, after: Seq, bytesMax: number): readonly Entry[] {
    return entriesOf(this.#reads.page(document, after, bytesMax))
  }

  readSnapshot(document: DocumentId): Snapshot | null {
    const snapshot = this.#reads.snapshot(document)
    return snapshot && { ...copyOfHead(snapshot), body: snapshot.body.slice() }
  }

  writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): void {
    assertSnapshot(snapshot)
    this.#apply({ kind: 'snapshot', document, lineage, snapshot })
  }

  trim(document: DocumentId, lineage: Lineage, wanted: Seq): Seq {
    assertSeq(wanted)
    for (let through = wanted, covered = false; ; covered = true) {
      const outcome = this.#apply({ kind: 'trim', document, lineage, through, covered })
      const { floor, through: next } = outcome as OtherOutcome & { kind: 'trimmed' }
      if (floor >= next) return floor
      through = next
    }
  }

  judge(document: DocumentId, cursor: Cursor): Judgement {
    return judgeCursor(this.#secret, cursor, this.#reads.historyAt(document, cursor.lineage, cursor.seq))
  }

  issued(cursor: Cursor): boolean {
    return isIssued(this.#secret, cursor)
  }

  delete(document: DocumentId): void {
    this.#apply({ kind: 'delete', document })
    while ((this.#apply({ kind: 'sweep' }) as OtherOutcome & { kind: 'swept' }).more);
  }

  list(after: DocumentId | null, limit: number): readonly DocumentId[] {
    return this.#reads.names(after, limit)
  }

  #apply(write: OtherWrite): OtherOutcome {
    return accepted(this.#beginWrite().apply(write))
  }

  #beginWrite(): LogWrites {
    assert(this.#writes, 'the store was opened before it is written')
    this.#writes.begin()
    return this.#writes
  }
}

function accepted<O extends Outcome>(outcome: O): O {
  if (outcome.kind === 'refused') throw new TidemarkError(outcome.code, outcome.message)
  return outcome
}

function copyOfHead({ seq, check, summary, timeMs }: Omit<Snapshot, 'body'>): Omit<Snapshot, 'body'> {
  return { seq, check, summary: summary.slice(), timeMs }
}
