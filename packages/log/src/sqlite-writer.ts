import { TidemarkError } from '@tidemark/base'
import { AppendReader, type Batch, packOutcomes } from './batch.ts'
import { LogWrites } from './log-writes.ts'
import type { SqliteDatabase, SqliteDriver, SqliteStatement } from './sqlite-driver.ts'
import { openingErrorOf, tidemarkErrorOf } from './sqlite-error.ts'
import { databasePath, lockFolder, makeFolder } from './sqlite-folder.ts'
import { WritableSqliteLogRows } from './sqlite-log-rows.ts'
import type { PlainError, WriterReply, WriterStart } from './sqlite-messages.ts'
import { prepareForWriting } from './sqlite-schema.ts'
import type { Outcome } from './write.ts'

const pageBytes = 4096

/** Pages given back to the file system in one step: a few milliseconds. */
const pagesFreedMax = 200

/**
 * Free pages the file keeps for its next entries, since giving back and taking again costs: a part of all, at most 4 MiB.
 */
const freePagesKeptShare = 1 / 32
const freePagesKeptMax = 1024

/**
 * The one writer of a log's database: commits batches, one transaction each, and tidies up in between. Synchronous; it
 * lives in a thread of its own (sqlite-writer-worker.ts), since every commit waits for the disk.
 */
export class SqliteWriter {
  readonly secret: Uint8Array
  readonly #lock: SqliteDatabase
  readonly #database: SqliteDatabase
  readonly #rows: WritableSqliteLogRows
  readonly #writes: LogWrites
  readonly #begin: SqliteStatement
  readonly #commit: SqliteStatement

  /** @throws TidemarkError with `log/locked`, `log/unsafe`, `log/full` or `log/failed`. */
  constructor(sqlite: SqliteDriver, start: WriterStart) {
    const open: SqliteDatabase[] = []
    try {
      makeFolder(start.folder)
      this.#lock = lockFolder(sqlite, start.folder)
      open.push(this.#lock)
      this.#database = sqlite(databasePath(start.folder))
      open.push(this.#database)
      this.secret = prepareForWriting(this.#database, start.durability, start.newSecret)
      limitSize(this.#database, start.databaseBytesMax)
      this.#rows = new WritableSqliteLogRows(this.#database)
      this.#writes = new LogWrites(this.#rows, this.secret, start.epoch)
      this.#begin = this.#database.prepare('BEGIN IMMEDIATE')
      this.#commit = this.#database.prepare('COMMIT')
    } catch (error) {
      for (const database of open.reverse()) database.close()
      throw openingErrorOf(error, start.folder)
    }
  }

  /** Commits the whole batch or nothing. After `log/failed` the writer must not be used again. */
  commit(batch: Batch): WriterReply {
    const outcomes: Outcome[] = []
    try {
      this.#begin.run()
      this.#writes.begin()
      this.#apply(batch, outcomes)
      this.#commit.run()
    } catch (error) {
      return { kind: 'not-committed', error: this.#abandon(error) }
    }
    return { kind: 'committed', outcome: packOutcomes(outcomes, batch.order) }
  }

  #apply(batch: Batch, outcomes: Outcome[]): void {
    const appends = new AppendReader(batch.appends)
    for (const write of batch.order) {
      if (typeof write !== 'number') outcomes.push(this.#writes.apply(write))
      else for (let left = write; left > 0; left--) outcomes.push(this.#writes.append(appends.next()))
    }
  }

  #abandon(error: unknown): PlainError {
    const plain = plainErrorOf(error)
    // Nothing more is asked of a database that has failed, not even to roll back: the next opening recovers it.
    if (plain.code === 'log/failed') return plain
    this.#writes.forget()
    this.#rows.forget()
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite has done it: after some errors it rolls back by itself.
    }
    return plain
  }

  /**
   * One small piece of housekeeping; returns whether there is more. The WAL is emptied last, so that a log at rest is
   * one file.
   */
  tidy(): boolean {
    try {
      return this.#freePages() || this.#emptyWal()
    } catch (error) {
      const { code } = tidemarkErrorOf(error)
      if (code === 'log/full' || code === 'relay/overloaded') return false
      throw error
    }
  }

  #freePages(): boolean {
    const free = this.#count('freelist_count')
    if (free <= Math.min(freePagesKeptMax, this.#count('page_count') * freePagesKeptShare)) return false
    this.#database.exec(`PRAGMA incremental_vacuum(${pagesFreedMax})`)
    return this.#count('freelist_count') < free
  }

  #count(pragma: 'freelist_count' | 'page_count'): number {
    return Number(this.#database.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
  }

  /** Does not wait for readers, as appends would wait with it: the next time will do. */
  #emptyWal(): false {
    const timeout = this.#database.prepare('PRAGMA busy_timeout').get()?.timeout
    this.#database.exec('PRAGMA busy_timeout = 0')
    try {
      this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${timeout}`)
    }
    return false
  }

  close(): void {
    this.tidy()
    this.#database.close()
    this.#lock.close()
  }
}

function limitSize(database: SqliteDatabase, bytesMax: number | null): void {
  if (bytesMax !== null)
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bytesMax / pageBytes))}`)
}

/** The writer's view: pages that make no sense concern every document, as they may be written next. */
export function plainErrorOf(error: unknown): PlainError {
  const { code, message, retryAfterMs } = error instanceof TidemarkError ? error : tidemarkErrorOf(error)
  return { code: code === 'log/corrupt' ? 'log/failed' : code, message, retryAfterMs }
}
