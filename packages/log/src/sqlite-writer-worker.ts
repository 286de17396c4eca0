import { parentPort, workerData } from 'node:worker_threads'
import { loadSqlite } from './sqlite-driver.ts'
import type { WriterReply, WriterRequest, WriterStart } from './sqlite-messages.ts'
import { plainErrorOf, SqliteWriter } from './sqlite-writer.ts'

// The thread of a SqliteLog that writes. It ends itself after `close`.

const port = parentPort!

void start(workerData as WriterStart)

async function start(data: WriterStart): Promise<void> {
  try {
    const writer = new SqliteWriter(await loadSqlite(), data)
    port.on('message', (request: WriterRequest) => handle(writer, request))
    reply({ kind: 'ready', secret: writer.secret })
  } catch (error) {
    reply({ kind: 'failed', error: plainErrorOf(error) })
  }
}

function handle(writer: SqliteWriter, request: WriterRequest): void {
  try {
    switch (request.kind) {
      case 'commit':
        return reply(writer.commit(request.batch))
      case 'tidy':
        return reply({ kind: 'tidied', more: writer.tidy() })
      case 'close':
        port.close()
        return writer.close()
    }
  } catch (error) {
    reply({ kind: 'failed', error: plainErrorOf(error) })
  }
}

function reply(message: WriterReply): void {
  port.postMessage(message, message.kind === 'committed' ? [message.outcome.receipts] : [])
}
