import { EventEmitter } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { serveReading } from '../serve-reading.ts'
import { serveWriting } from '../serve-writing.ts'
import { SqliteLog } from '../sqlite-log.ts'
import type { SqliteLogOptions } from '../sqlite-log-options.ts'
import { opened, type SqliteThread, startsOf } from '../sqlite-threads.ts'

/** Looks like a worker thread from outside and does the same, messages copied and moved alike, in the caller's thread. */
class InProcessThread extends EventEmitter {
  readonly #port: MessagePort

  constructor(serve: (port: MessagePort) => Promise<void>) {
    super()
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (message) => this.emit('message', message))
    port1.on('close', () => this.emit('exit', 0))
    void serve(port2)
  }

  postMessage(message: unknown, moves: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, moves)
  }

  unref(): void {
    this.#port.unref()
  }
}

/** As `openSqliteLog`, without the second that two threads take to start from sources. */
export async function openSqliteLogInProcess(options: SqliteLogOptions): Promise<SqliteLog> {
  const [writer, reader] = startsOf(options)
  const threads = {
    writer: new InProcessThread((port) => serveWriting(port, writer)) as unknown as SqliteThread,
    reader: new InProcessThread((port) => serveReading(port, reader)) as unknown as SqliteThread,
  }
  return new SqliteLog(threads, await opened(threads), options)
}
