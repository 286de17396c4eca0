import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { createMemoryLog } from '@tidemark/log'
import {
  closeCodes,
  concatFrames,
  decodeRelayFrame,
  encodeClientMessage,
  subprotocol,
} from '@tidemark/protocol'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createRelay, type Relay } from './index.ts'
import { attachRelay } from './ws.ts'

const open: { relay: Relay; server: Server }[] = []

afterEach(async () => {
  for (const { relay, server } of open.splice(0)) {
    await relay.close()
    server.close()
  }
})

async function serve(): Promise<string> {
  const relay = createRelay({ log: createMemoryLog() })
  const server = createServer()
  attachRelay(relay, server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ relay, server })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const hello = encodeClientMessage({ type: 'hello', version: 1, token: '' })
const openNotes = encodeClientMessage({
  type: 'open',
  session: 1,
  document: 'notes',
  access: 'write',
  cursor: null,
})

test('a native client is welcomed over a real socket', async () => {
  const ws = new WebSocket(await serve(), subprotocol)
  await once(ws, 'open')
  expect(ws.protocol).toBe(subprotocol)
  ws.send(concatFrames([hello, openNotes]))
  const types: string[] = []
  for await (const [frame] of frames(ws)) {
    const decoded = decodeRelayFrame(frame, { frameBytesMax: 1e7 })
    if (decoded.kind === 'messages') types.push(...decoded.messages.map((message) => message.type))
    if (types.includes('opened')) break
  }
  expect(types).toEqual(['welcome', 'opened'])
})

test('[LIM1] a message of 20 MB is answered with close code 1009', async () => {
  const ws = new WebSocket(await serve(), subprotocol)
  ws.on('error', () => {})
  await once(ws, 'open')
  ws.send(new Uint8Array(20_000_000))
  const [code] = await once(ws, 'close')
  expect(code).toBe(closeCodes.tooBig)
})

test('[LIM1] a refused upgrade whose socket breaks or is never closed takes nothing down and leaves nothing behind', async () => {
  const relay = createRelay({ log: createMemoryLog() })
  const server = createServer()
  open.push({ relay, server })
  attachRelay(relay, server, { path: '/sync' })
  const socket = new PassThrough({ allowHalfOpen: true })
  server.emit('upgrade', { url: '/elsewhere', headers: {} }, socket, Buffer.alloc(0))
  socket.emit('error', new Error('ECONNRESET'))
  await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
})

async function* frames(ws: WebSocket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(ws, 'message')) as [Buffer]
}
