import { TidemarkError } from '@tidemark/base'
import { LogReads } from './log-reads.ts'
import type { SqliteDatabase, SqliteDriver, SqliteStatement } from './sqlite-driver.ts'
import { tidemarkErrorOf } from './sqlite-error.ts'
import { databasePath } from './sqlite-folder.ts'
import { SqliteLogRows } from './sqlite-log-rows.ts'
import type { PlainError, ReaderQuestion, ReaderStart } from './sqlite-messages.ts'
import { prepareForReading } from './sqlite-schema.ts'

/**
 * Answers questions about a log's database over a connection of its own that cannot write. Synchronous; it lives in a
 * thread of its own (sqlite-reader-worker.ts), since a page may have to come from a slow disk.
 */
export class SqliteReader {
  readonly #database: SqliteDatabase
  readonly #reads: LogReads
  readonly #begin: SqliteStatement
  readonly #end: SqliteStatement

  constructor(sqlite: SqliteDriver, start: ReaderStart) {
    this.#database = sqlite(databasePath(start.folder), { readOnly: true })
    prepareForReading(this.#database)
    this.#reads = new LogReads(new SqliteLogRows(this.#database))
    this.#begin = this.#database.prepare('BEGIN')
    this.#end = this.#database.prepare('COMMIT')
  }

  /** The answer, from one moment: everything committed before the call is in it. */
  answer(question: ReaderQuestion): unknown {
    this.#begin.run()
    try {
      return this.#answer(question)
    } finally {
      this.#end.run()
    }
  }

  #answer(question: ReaderQuestion): unknown {
    switch (question.kind) {
      case 'load':
        return this.#reads.load(question.document)
      case 'page':
        return this.#reads.page(question.document, question.after, question.bytesMax)
      case 'snapshot':
        return this.#reads.snapshot(question.document)
      case 'history':
        return this.#reads.historyAt(question.document, question.lineage, question.seq)
      case 'list':
        return this.#reads.names(question.after, question.limit)
    }
  }

  close(): void {
    this.#database.close()
  }
}

/** The reader's view: pages that make no sense concern the document that was asked about. */
export function plainErrorOf(error: unknown): PlainError {
  if (error instanceof RangeError) return { code: 'RangeError', message: error.message, retryAfterMs: null }
  const { code, message, retryAfterMs } = error instanceof TidemarkError ? error : tidemarkErrorOf(error)
  return { code, message, retryAfterMs }
}
