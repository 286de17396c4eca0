import { type Cursor, type DocumentId, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import { packBatch, unpackOutcomes } from './batch.ts'
import { assertLineage, assertSeq, assertSnapshot, assertTimes, conflict } from './bounds.ts'
import { isIssued } from './check.ts'
import { CommitQueue, isFollower, lowestAfters, type WaitingWrite, writeBytes } from './commit-queue.ts'
import { CommitSchedule } from './commit-schedule.ts'
import { type HistoryAt, type Judgement, judgeCursor } from './judge.ts'
import { entriesOf, type Page } from './page.ts'
import { retryWhenBusyMs } from './sqlite-error.ts'
import type { SqliteLogOptions } from './sqlite-log-options.ts'
import {
  errorOf,
  type PlainError,
  type ReaderQuestion,
  type ReaderReply,
  type ReaderRequest,
  type WriterReply,
  type WriterRequest,
} from './sqlite-messages.ts'
import { died, endOf, opened, release, type SqliteThreads, startThreads } from './sqlite-threads.ts'
import { systemTime } from './system-time.ts'
import type { Append, Entry, LogState, Receipt, Snapshot, UpdateLog } from './update-log.ts'
import type { OtherWrite, Outcome } from './write.ts'

const queueBytesMaxDefault = 32 * 2 ** 20
const idleMsDefault = 5000

/** Questions that may wait for the reading thread, some 200 bytes each. */
export const readsMax = 16_384

/**
 * Opens the log in a folder, and makes it when there is none.
 *
 * @throws TidemarkError `log/locked` (another process has it open), `log/unsafe` (SQLite or its settings cannot give the
 *   durability asked for), `log/full`, `log/failed`.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteLog> {
  const threads = startThreads(options)
  return new SqliteLog(threads, await opened(threads), options)
}

type State =
  | { readonly kind: 'open' }
  /** No more is accepted; `closed` settles when everything has been released. */
  | { readonly kind: 'closing'; readonly closed: Promise<void> }
  | { readonly kind: 'failed'; readonly error: TidemarkError }

interface PendingRead {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The embedded update log: SQLite with a write-ahead log, synced at every commit.
 *
 *     append ─▶ queue ─▶ batch ─▶ writer thread: one transaction ─▶ receipts
 *                 ▲         │ one at a time, when the schedule says so; meanwhile the next one gathers
 *                 └─────────┘
 *     load, read ─────────────▶ reader thread: a read-only connection
 *
 * The main thread only packs and unpacks. All decisions about a document (does it exist, is this its head) are made by
 * the writer, which alone knows what is stored; nothing is remembered here but what is in flight.
 */
export class SqliteLog implements UpdateLog {
  readonly #threads: SqliteThreads
  readonly #secret: Uint8Array
  readonly #queue: CommitQueue
  readonly #schedule: CommitSchedule
  readonly #onFailed: (error: TidemarkError) => void
  readonly #idleTimer: NodeJS.Timeout
  readonly #reads: Map<number, PendingRead> = new Map()
  #readId = 0
  #batch: readonly WaitingWrite[] = []
  /** `due`: the last piece failed. */
  #sweeping: 'none' | 'queued' | 'due' = 'none'
  #state: State = { kind: 'open' }
  #whenDrained: (() => void) | null = null
  /** The threads have been asked to end. */
  #releasing = false

  /** See `openSqliteLog`. */
  constructor(threads: SqliteThreads, secret: Uint8Array, options: SqliteLogOptions) {
    const { writer, reader } = threads
    this.#threads = threads
    this.#secret = secret
    this.#queue = new CommitQueue(options.queueBytesMax ?? queueBytesMaxDefault)
    this.#schedule = new CommitSchedule({
      time: systemTime,
      waiting: () => this.#queue.waiting,
      commit: () => this.#commit(),
    })
    this.#onFailed = options.onFailed ?? (() => {})
    this.#idleTimer = setTimeout(() => this.#tidy(), options.idleMs ?? idleMsDefault).unref()
    writer.on('message', (reply: WriterReply) => this.#written(reply))
    reader.on('message', (reply: ReaderReply) => this.#answered(reply))
    for (const thread of [writer, reader]) {
      thread.on('error', (error) => this.#fail(died(error)))
      thread.on('exit', () => this.#fail(died(undefined)))
    }
    reader.postMessage({ kind: 'open' } satisfies ReaderRequest)
    // What deleted documents left when the process ended.
    this.#sweep()
  }

  async load(document: DocumentId): Promise<LogState | null> {
    return (await this.#ask({ kind: 'load', document })) as LogState | null
  }

  async create(document: DocumentId, lineage: Lineage): Promise<LogState> {
    assertLineage(lineage)
    const outcome = await this.#write({ kind: 'create', document, lineage }, writeBytes)
    return (outcome as Outcome & { kind: 'created' }).state
  }

  append(document: DocumentId, append: Append): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      assertTimes(append)
      const bytes = bytesOf(append)
      this.#requireRoom(bytes)
      this.#enqueue({
        write: { kind: 'append', document, append },
        bytes,
        settle: (outcome) =>
          outcome.kind === 'appended' ? resolve(outcome.receipt) : reject(refusalOf(outcome)),
        reject,
      })
    })
  }

  async read(document: DocumentId, after: Seq, bytesMax: number): Promise<readonly Entry[]> {
    return entriesOf((await this.#ask({ kind: 'page', document, after, bytesMax })) as Page)
  }

  async readSnapshot(document: DocumentId): Promise<Snapshot | null> {
    return (await this.#ask({ kind: 'snapshot', document })) as Snapshot | null
  }

  async writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): Promise<void> {
    assertSnapshot(snapshot)
    const bytes = writeBytes + snapshot.summary.length + snapshot.body.length
    await this.#write({ kind: 'snapshot', document, lineage, snapshot }, bytes)
  }

  trim(document: DocumentId, lineage: Lineage, through: Seq): Promise<Seq> {
    return new Promise((resolve, reject) => {
      assertSeq(through)
      const next = (last: Seq, covered: boolean): void =>
        this.#enqueue({
          write: { kind: 'trim', document, lineage, through: last, covered },
          bytes: writeBytes,
          settle: (outcome) => {
            if (outcome.kind !== 'trimmed') reject(refusalOf(outcome))
            else if (outcome.floor >= outcome.through) resolve(outcome.floor)
            // Queued behind the appends that have come in the meantime.
            else next(outcome.through, true)
          },
          reject,
        })
      this.#requireRoom(writeBytes)
      next(through, false)
    })
  }

  async judge(document: DocumentId, cursor: Cursor): Promise<Judgement> {
    const { lineage, seq } = cursor
    const history = (await this.#ask({ kind: 'history', document, lineage, seq })) as HistoryAt | null
    return judgeCursor(this.#secret, cursor, history)
  }

  issued(cursor: Cursor): boolean {
    return isIssued(this.#secret, cursor)
  }

  async delete(document: DocumentId): Promise<void> {
    await this.#write({ kind: 'delete', document }, writeBytes)
    this.#sweep()
  }

  async list(after: DocumentId | null, limit: number): Promise<readonly DocumentId[]> {
    return (await this.#ask({ kind: 'list', after, limit })) as readonly DocumentId[]
  }

  close(): Promise<void> {
    switch (this.#state.kind) {
      case 'open': {
        const closed = this.#close()
        this.#state = { kind: 'closing', closed }
        return closed
      }
      case 'closing':
        return this.#state.closed
      case 'failed':
        return Promise.resolve()
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idleTimer)
    if (!this.#isDrained()) await new Promise<void>((resolve) => (this.#whenDrained = resolve))
    if (this.#state.kind === 'failed') return
    this.#releasing = true
    const ended = endOf(this.#threads)
    release(this.#threads.reader)
    release(this.#threads.writer)
    await ended
  }

  #isDrained(): boolean {
    return this.#queue.isEmpty && this.#reads.size === 0
  }

  /** @throws `log/closed`, or the error that the log failed with. */
  #requireOpen(): void {
    switch (this.#state.kind) {
      case 'open':
        return
      case 'closing':
        throw new TidemarkError('log/closed', 'the log is closed')
      case 'failed':
        throw this.#state.error
    }
  }

  #requireRoom(bytes: number): void {
    this.#requireOpen()
    if (!this.#queue.hasRoomFor(bytes)) throw overloaded('too many bytes wait for their commit')
  }

  #write(write: OtherWrite, bytes: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#requireRoom(bytes)
      const settle = (outcome: Outcome): void =>
        outcome.kind === 'refused' ? reject(refusalOf(outcome)) : resolve(outcome)
      this.#enqueue({ write, bytes, settle, reject })
    })
  }

  /**
   * Removes, in the background, the rows of deleted documents; one piece at a time, however many were deleted. What is
   * not done when the log closes is done later.
   */
  #sweep(): void {
    if (this.#state.kind !== 'open' || this.#sweeping === 'queued') return
    this.#sweeping = 'queued'
    this.#enqueue({
      write: { kind: 'sweep' },
      bytes: writeBytes,
      settle: (outcome) => {
        this.#sweeping = 'none'
        if (outcome.kind === 'swept' && outcome.more) this.#sweep()
      },
      // No space, for instance: when the log is at rest it is tried again.
      reject: () => (this.#sweeping = 'due'),
    })
  }

  #enqueue(waiting: WaitingWrite): void {
    this.#queue.add(waiting)
    this.#schedule.added()
  }

  #commit(): void {
    const writes = this.#queue.takeBatch()
    this.#batch = writes
    const batch = packBatch(writes.map((waiting) => waiting.write))
    this.#tell({ kind: 'commit', batch }, [batch.appends])
  }

  #tell(request: WriterRequest, moves: readonly ArrayBuffer[] = []): void {
    this.#threads.writer.postMessage(request, moves)
  }

  #written(reply: WriterReply): void {
    if (this.#state.kind === 'failed') return
    switch (reply.kind) {
      case 'committed':
        return this.#committed(reply)
      case 'not-committed':
        return this.#notCommitted(errorOf(reply.error))
      case 'tidied':
        if (reply.more) this.#tidy()
        return
      case 'failed':
        return this.#fail(errorOf(reply.error))
      case 'ready':
        return
    }
  }

  #committed({ outcome }: WriterReply & { kind: 'committed' }): void {
    const batch = this.#batch
    const outcomes = unpackOutcomes(
      outcome,
      batch.map((waiting) => waiting.write),
    )
    const refused = batch.filter((_, at) => outcomes[at]!.kind === 'refused')
    for (const [at, waiting] of batch.entries()) waiting.settle(outcomes[at]!)
    this.#rejectFollowers(refused)
    this.#batchEnded()
  }

  /** Nothing of the batch is stored. Of a document's appends the first has this error, and the others counted on it. */
  #notCommitted(error: TidemarkError): void {
    if (error.code === 'log/failed') return this.#fail(error)
    const batch = this.#batch
    const failed = lowestAfters(batch.map((waiting) => waiting.write))
    for (const { write, reject } of batch) reject(isFollower(write, failed) ? counted() : error)
    this.#rejectFollowers(batch)
    this.#batchEnded()
  }

  /** Last of all: whoever hears of a follower first would take the conflict for the reason. */
  #rejectFollowers(failed: readonly WaitingWrite[]): void {
    const afters = lowestAfters(failed.map((waiting) => waiting.write))
    for (const { reject } of this.#queue.takeFollowers(afters)) reject(counted())
  }

  #batchEnded(): void {
    this.#batch = []
    this.#queue.settled()
    this.#schedule.ended()
    if (!this.#queue.isEmpty) return
    this.#noticeDrained()
    if (this.#state.kind === 'open') this.#idleTimer.refresh()
  }

  #tidy(): void {
    if (this.#state.kind !== 'open' || !this.#queue.isEmpty) return
    if (this.#sweeping === 'due') this.#sweep()
    else this.#tell({ kind: 'tidy' })
  }

  #ask(question: ReaderQuestion): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#requireOpen()
      if (this.#reads.size >= readsMax) throw overloaded('too many reads wait')
      const id = this.#readId++
      this.#reads.set(id, { resolve, reject })
      this.#threads.reader.postMessage({ kind: 'question', id, question } satisfies ReaderRequest)
    })
  }

  #answered(reply: ReaderReply): void {
    const read = this.#reads.get(reply.id)
    this.#reads.delete(reply.id)
    if (reply.kind === 'answer') read?.resolve(reply.value)
    else this.#unanswered(reply.error, read)
    this.#noticeDrained()
  }

  #unanswered(plain: PlainError, read: PendingRead | undefined): void {
    const error = errorOf(plain)
    read?.reject(plain.code === 'RangeError' ? new RangeError(plain.message) : error)
    if (error.code === 'log/failed') this.#fail(error)
  }

  #noticeDrained(): void {
    if (this.#whenDrained !== null && this.#isDrained()) this.#whenDrained()
  }

  /** Stops for good: nothing that waits is tried, nothing is retried. */
  #fail(error: TidemarkError): void {
    if (this.#state.kind === 'failed' || this.#releasing) return
    this.#state = { kind: 'failed', error }
    clearTimeout(this.#idleTimer)
    this.#schedule.stop()
    for (const { reject } of [...this.#queue.takeAll(), ...this.#reads.values()]) reject(error)
    this.#reads.clear()
    this.#noticeDrained()
    release(this.#threads.reader)
    // The writer is left as it is, its transaction too, and keeps the folder locked until the process ends.
    this.#threads.writer.unref()
    this.#onFailed(error)
  }
}

function bytesOf(append: Append): number {
  let bytes = writeBytes
  for (const { author, update } of append.entries) bytes += writeBytes + author.length + update.length
  return bytes
}

function refusalOf(outcome: Outcome): TidemarkError {
  if (outcome.kind === 'refused') return new TidemarkError(outcome.code, outcome.message)
  return new TidemarkError('relay/internal', `a write ended as ${outcome.kind}`)
}

function counted(): TidemarkError {
  return conflict('an append before this one failed')
}

function overloaded(message: string): TidemarkError {
  return new TidemarkError('relay/overloaded', message, { retryAfterMs: retryWhenBusyMs })
}
