import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { LoadSocket } from '../wire/load-socket.ts'
import { createDeferred, type Deferred, type Dialect, type JoinOptions, type Session } from './dialect.ts'
import {
  answerTo,
  encodeAwareness,
  encodeSync,
  messageTypes,
  readAwareness,
  stateVectorOf,
  syncTypes,
} from './y-protocol.ts'

/** Hocuspocus 3 and 4: the messages of y-protocols, each after the document's name, and an ack per update. */
export const hocuspocusDialect: Dialect = {
  async join(options: JoinOptions): Promise<Session> {
    const live = createDeferred()
    const conversation = new Conversation(options, live)
    const socket = await LoadSocket.connect({
      port: options.port,
      path: '/',
      onMessage: (payload, socket) => conversation.received(payload, socket),
      onClose() {
        live.reject(new Error('the server closed the connection'))
        options.onClose?.()
      },
    })
    socket.send(conversation.opening())
    socket.flush()
    const { address } = conversation
    return {
      socket,
      live: live.promise,
      cursor: null,
      send: (update) => socket.send(encodeSync(address, syncTypes.update, update)),
      present: (id, clock, state) => socket.send(encodeAwareness(address, id, clock, state)),
      flush: () => socket.flush(),
      close: () => socket.close(),
    }
  },
}

// @hocuspocus/server 4.7.0, packages/server/src/types.ts.
const syncReply = 4
const syncStatus = 8
const ping = 9
const pong = 10
const token = 0
const permissionDenied = 1
const authenticated = 2

class Conversation {
  readonly address: Uint8Array
  readonly #options: JoinOptions
  readonly #live: Deferred
  /** One ack comes for the answer to the server's step 1, before those of updates. */
  #acks = -1

  constructor(options: JoinOptions, live: Deferred) {
    this.#options = options
    this.#live = live
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, options.document)
    this.address = encoding.toUint8Array(encoder)
  }

  opening(): Uint8Array {
    const encoder = encoding.createEncoder()
    encoding.writeUint8Array(encoder, this.address)
    encoding.writeVarUint(encoder, messageTypes.auth)
    encoding.writeVarUint(encoder, token)
    encoding.writeVarString(encoder, '')
    return encoding.toUint8Array(encoder)
  }

  received(payload: Buffer, socket: LoadSocket): void {
    // A ping is a single byte, without an address.
    if (payload.length === 1) return payload[0] === ping ? reply(socket, Uint8Array.of(pong)) : undefined
    const decoder = decoding.createDecoder(payload)
    decoder.pos = this.address.length
    const type = decoding.readVarUint(decoder)
    switch (type) {
      case messageTypes.sync:
      case syncReply:
        return this.#receivedSync(decoder, socket)
      case messageTypes.awareness:
        if (this.#options.onPresence)
          readAwareness(decoding.readVarUint8Array(decoder), this.#options.onPresence)
        return
      case messageTypes.auth:
        return this.#receivedAuth(decoder, socket)
      case syncStatus:
        this.#acks++
        if (this.#acks > 0) this.#options.onAcked?.(this.#acks)
        return
      default:
        return
    }
  }

  #receivedAuth(decoder: decoding.Decoder, socket: LoadSocket): void {
    const outcome = decoding.readVarUint(decoder)
    if (outcome === permissionDenied) this.#live.reject(new Error('permission denied'))
    if (outcome === authenticated)
      reply(socket, encodeSync(this.address, syncTypes.step1, stateVectorOf(this.#options)))
  }

  #receivedSync(decoder: decoding.Decoder, socket: LoadSocket): void {
    const type = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (type === syncTypes.step1)
      return reply(socket, encodeSync(this.address, syncTypes.step2, answerTo(this.#options, bytes)))
    this.#options.onUpdate?.(bytes)
    if (type === syncTypes.step2) this.#live.resolve()
  }
}

function reply(socket: LoadSocket, message: Uint8Array): void {
  socket.send(message)
  socket.flush()
}
