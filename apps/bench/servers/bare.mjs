// The limits that the systems are measured against: a WebSocket server that only passes on what it gets, to all other
// sockets of the same path. No documents, no storage, nothing parsed.
//
//     node bare.mjs --port N [--writes each|turn] [--greet FILE] [--read]
//
// --writes each   one write per socket and message, as most servers do (the default)
// --writes turn   one concatenated write per socket and turn of the event loop
// --greet FILE    the first message of each connection is this file: what joining costs at the least
// --read          reads the file for the first connection, not at the start

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    writes: { type: 'string', default: 'each' },
    greet: { type: 'string' },
    read: { type: 'boolean', default: false },
  },
})

/** Path to sockets. */
const rooms = new Map()
/** Sockets with something to write at the end of this turn. */
let due = []
let greeting = values.greet && !values.read ? readFileSync(values.greet) : null

const server = createServer((_request, response) => response.end())
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false })

sockets.on('connection', (socket, request) => {
  const room = rooms.get(request.url) ?? new Set()
  rooms.set(request.url, room)
  room.add(socket)
  socket.frames = []
  socket.on('error', () => {})
  socket.on('close', () => {
    room.delete(socket)
    if (room.size === 0) rooms.delete(request.url)
  })
  socket.on(
    'message',
    values.writes === 'turn' ? (data) => gather(room, socket, data) : (data) => passOn(room, socket, data),
  )
  if (values.greet) socket.send((greeting ??= readFileSync(values.greet)))
})

function passOn(room, from, data) {
  for (const socket of room) if (socket !== from) socket.send(data)
}

function gather(room, from, data) {
  const frame = encodeFrame(data)
  for (const socket of room) {
    if (socket === from) continue
    if (socket.frames.length === 0) {
      if (due.length === 0) setImmediate(writeAll)
      due.push(socket)
    }
    socket.frames.push(frame)
  }
}

function writeAll() {
  const now = due
  due = []
  for (const socket of now) {
    const { frames } = socket
    socket.frames = []
    socket._socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
  }
}

/** RFC 6455: an unmasked binary message of one frame. */
function encodeFrame(data) {
  const { length } = data
  if (length < 126) return Buffer.concat([Buffer.of(0x82, length), data])
  if (length < 65_536) return Buffer.concat([Buffer.of(0x82, 126, length >> 8, length & 255), data])
  const header = Buffer.alloc(10)
  header.set([0x82, 127])
  header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, data])
}

server.listen(Number(values.port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
