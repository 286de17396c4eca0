import type { MessagePort } from 'node:worker_threads'
import { loadSqlite, type SqliteDriver } from './sqlite-driver.ts'
import type { ReaderReply, ReaderRequest, ReaderStart } from './sqlite-messages.ts'
import { plainErrorOf, SqliteReader } from './sqlite-reader.ts'

/** The reading end of a SqliteLog: answers what it is asked, one question after the other. Ends after `close`. */
export async function serveReading(port: MessagePort, start: ReaderStart): Promise<void> {
  // Where there is no SQLite the writing end says so, and nothing is asked here but to close.
  const sqlite = await loadSqlite().catch(() => null)
  // Not opened at once: it starts beside the writer, which may still have to make the database.
  let reader: SqliteReader | null = null
  port.on('message', (request: ReaderRequest) => {
    const opened = (): SqliteReader => (reader ??= open(sqlite, start))
    switch (request.kind) {
      case 'open':
        return attempt(opened)
      case 'question':
        return reply(port, answer(request, opened))
      case 'close':
        reader?.close()
        return port.close()
    }
  })
}

function open(sqlite: SqliteDriver | null, start: ReaderStart): SqliteReader {
  if (sqlite === null) throw new Error('there is no SQLite')
  return new SqliteReader(sqlite, start)
}

/** What goes wrong goes wrong again at the first question, which is told of it. */
function attempt(work: () => unknown): void {
  try {
    work()
  } catch {
    // See above.
  }
}

function answer(
  { id, question }: ReaderRequest & { kind: 'question' },
  reader: () => SqliteReader,
): ReaderReply {
  try {
    return { kind: 'answer', id, value: reader().answer(question) }
  } catch (error) {
    return { kind: 'error', id, error: plainErrorOf(error) }
  }
}

/** Pages and the bodies of snapshots move; the rest is small. */
function reply(port: MessagePort, message: ReaderReply): void {
  port.postMessage(message, message.kind === 'answer' ? buffersOf(message.value) : [])
}

function buffersOf(value: unknown): readonly ArrayBuffer[] {
  return Object.values(value ?? {})
    .filter(ArrayBuffer.isView)
    .flatMap(ownBufferOf)
}

/** A view of a part may share its memory with others. */
function ownBufferOf({ buffer, byteLength }: ArrayBufferView): readonly ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 0 ? [buffer] : []
}
