// y-websocket 2.1's server with its LevelDB persistence, as its own program runs it, on the current `ws`.
//
//     YPERSISTENCE=FOLDER node y-leveldb.mjs --port N

import { createServer } from 'node:http'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'
import utils from 'y-websocket-2/bin/utils'

const { getPersistence, setupWSConnection } = utils
const { values } = parseArgs({ options: { port: { type: 'string' } } })
const server = createServer((_request, response) => response.end())
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', setupWSConnection)
server.listen(Number(values.port), '127.0.0.1')

process.on('SIGTERM', () => void stop())

async function stop() {
  // What it has been given is written before it goes: its program has no such end.
  await getPersistence()?.provider.tr
  process.exit(0)
}
