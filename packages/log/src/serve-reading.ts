import type { MessagePort } from 'node:worker_threads'
import { loadSqlite, type SqliteDriver } from './sqlite-driver.ts'
import type { ReaderReply, ReaderRequest, ReaderStart } from './sqlite-messages.ts'
import { plainErrorOf, SqliteReader } from './sqlite-reader.ts'

/** The reading end of a SqliteLog: answers what it is asked, one question after the other. Ends after `close`. */
export async function serveReading(port: MessagePort, start: ReaderStart): Promise<void> {
  // Where there is no SQLite the writing end says so, and nothing is asked here but to close.
  const sqlite = await loadSqlite().catch(() => null)
  // Not opened before it is asked: it starts beside the writer, which may still have to make the database.
  let reader: SqliteReader | null = null
  port.on('message', (request: ReaderRequest) => {
    switch (request.kind) {
      case 'question':
        return reply(
          port,
          answer(request, () => (reader ??= open(sqlite, start))),
        )
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

/** A page moves; the rest is small, or (a snapshot) rare. */
function reply(port: MessagePort, message: ReaderReply): void {
  const moves = message.kind === 'answer' && message.value instanceof ArrayBuffer ? [message.value] : []
  port.postMessage(message, moves)
}
