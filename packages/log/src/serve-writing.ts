import type { MessagePort } from 'node:worker_threads'
import { loadSqlite } from './sqlite-driver.ts'
import type { WriterReply, WriterRequest, WriterStart } from './sqlite-messages.ts'
import { plainErrorOf, SqliteWriter } from './sqlite-writer.ts'

/** The writing end of a SqliteLog: opens the log, says so, then does what it is asked to. Ends after `close`. */
export async function serveWriting(port: MessagePort, start: WriterStart): Promise<void> {
  const reply = (message: WriterReply): void =>
    port.postMessage(message, message.kind === 'committed' ? [message.outcome.receipts] : [])
  try {
    const writer = new SqliteWriter(await loadSqlite(), start)
    port.on('message', (request: WriterRequest) => {
      try {
        handle(port, writer, request, reply)
      } catch (error) {
        reply({ kind: 'failed', error: plainErrorOf(error) })
      }
    })
    reply({ kind: 'ready', secret: writer.secret })
  } catch (error) {
    reply({ kind: 'failed', error: plainErrorOf(error) })
    port.close()
  }
}

function handle(
  port: MessagePort,
  writer: SqliteWriter,
  request: WriterRequest,
  reply: (message: WriterReply) => void,
): void {
  switch (request.kind) {
    case 'commit':
      return reply(writer.commit(request.batch))
    case 'tidy':
      return reply({ kind: 'tidied', more: writer.tidy() })
    case 'close':
      port.close()
      return writer.close()
  }
}
