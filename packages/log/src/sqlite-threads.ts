import { randomBytes as systemRandomBytes } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { TidemarkError } from '@tidemark/base'
import { startWorker } from '@tidemark/base/worker'
import { secretBytes } from './check.ts'
import { epochBytes } from './epochs.ts'
import type { SqliteLogOptions } from './sqlite-log-options.ts'
import {
  errorOf,
  type ReaderRequest,
  type ReaderStart,
  type WriterReply,
  type WriterRequest,
  type WriterStart,
} from './sqlite-messages.ts'

/** As much of a worker thread as the log uses. */
export type SqliteThread = Pick<Worker, 'on' | 'off' | 'postMessage' | 'unref'>

export interface SqliteThreads {
  readonly writer: SqliteThread
  readonly reader: SqliteThread
}

export function startThreads(options: SqliteLogOptions): SqliteThreads {
  const [writer, reader] = startsOf(options)
  return {
    writer: startWorker(new URL('./sqlite-writer-worker.js', import.meta.url), { workerData: writer }),
    reader: startWorker(new URL('./sqlite-reader-worker.js', import.meta.url), { workerData: reader }),
  }
}

/** What the two threads are told when they start. */
export function startsOf(options: SqliteLogOptions): [WriterStart, ReaderStart] {
  const { folder, durability = 'fsync', databaseBytesMax = null, randomBytes = systemRandomBytes } = options
  const newSecret = randomBytes(secretBytes)
  const epoch = Buffer.from(randomBytes(epochBytes)).toString('hex')
  return [{ folder, durability, newSecret, epoch, databaseBytesMax }, { folder }]
}

/**
 * Waits until the writer has opened the log, and returns the store's secret. When it cannot, or either thread dies,
 * both have ended by the time this throws.
 */
export async function opened(threads: SqliteThreads): Promise<Uint8Array> {
  const ended = endOf(threads)
  try {
    return await firstReply(threads)
  } catch (error) {
    release(threads.reader)
    release(threads.writer)
    await ended
    throw error
  }
}

function firstReply({ writer, reader }: SqliteThreads): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    writer.on('message', (reply: WriterReply) => {
      if (reply.kind === 'ready') resolve(reply.secret)
      else if (reply.kind === 'failed') reject(errorOf(reply.error))
    })
    for (const thread of [writer, reader]) {
      // Also keeps an error of a thread from becoming one of the process.
      thread.on('error', (error) => reject(died(error)))
      thread.on('exit', () => reject(died(undefined)))
    }
  })
}

/** Settles when both threads have ended. */
export async function endOf({ writer, reader }: SqliteThreads): Promise<void> {
  await Promise.all([writer, reader].map((thread) => new Promise((resolve) => thread.on('exit', resolve))))
}

/**
 * Lets a thread end by itself, after what it is doing. Never `terminate()`: a native SQLite driver that is interrupted
 * in the middle of a call, or while it loads, may abort the whole process.
 */
export function release(thread: SqliteThread): void {
  thread.postMessage({ kind: 'close' } satisfies WriterRequest & ReaderRequest)
}

export function died(error: unknown): TidemarkError {
  const why = error instanceof Error ? `: ${error.message}` : ''
  return new TidemarkError('log/failed', `a thread of the log ended${why}`, { cause: error })
}
