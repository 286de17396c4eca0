import { parentPort, workerData } from 'node:worker_threads'
import { loadSqlite } from './sqlite-driver.ts'
import type { ReaderReply, ReaderRequest, ReaderStart } from './sqlite-messages.ts'
import { plainErrorOf, SqliteReader } from './sqlite-reader.ts'

// The thread of a SqliteLog that reads. It ends itself after `close`.

const port = parentPort!

void start(workerData as ReaderStart)

async function start(data: ReaderStart): Promise<void> {
  const sqlite = await loadSqlite()
  // Not opened before it is asked: this thread starts beside the writer's, which may still have to make the database.
  let reader: SqliteReader | null = null
  port.on('message', (request: ReaderRequest) => {
    switch (request.kind) {
      case 'question':
        return reply(answer(request, () => (reader ??= new SqliteReader(sqlite, data))))
      case 'close':
        reader?.close()
        return port.close()
    }
  })
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
function reply(message: ReaderReply): void {
  const moves = message.kind === 'answer' && message.value instanceof ArrayBuffer ? [message.value] : []
  port.postMessage(message, moves)
}
