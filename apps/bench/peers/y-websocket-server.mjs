// @y/websocket-server as its own program runs it, on the current `ws`. Nothing is stored.
//
//     node y-websocket-server.mjs --port N

import { createServer } from 'node:http'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { setupWSConnection } from '@y/websocket-server/utils'
import { WebSocketServer } from 'ws'

const { values } = parseArgs({ options: { port: { type: 'string' } } })
const server = createServer((_request, response) => response.end())
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', setupWSConnection)
server.listen(Number(values.port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
