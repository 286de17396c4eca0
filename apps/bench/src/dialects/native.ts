import { inflateRawSync } from 'node:zlib'
import type { Cursor } from '@tidemark/base'
import {
  concatFrames,
  connectionLimitsHardMax,
  decodeRelayFrame,
  encodeClientMessage,
  protocolVersion,
  type RelayMessage,
  subprotocol,
} from '@tidemark/protocol'
import * as Y from 'yjs'
import { LoadSocket } from '../wire/load-socket.ts'
import { createDeferred, type Deferred, type Dialect, type JoinOptions, type Session } from './dialect.ts'

/** Tidemark's own protocol, `tidemark.v1`: see docs/PROTOCOL.md. */
export const nativeDialect: Dialect = {
  async join(options: JoinOptions): Promise<Session> {
    const live = createDeferred()
    const conversation = new Conversation(options, live)
    const socket = await LoadSocket.connect({
      port: options.port,
      path: '/',
      protocol: subprotocol,
      onMessage: (payload) => conversation.received(payload),
      onClose() {
        live.reject(new Error('the relay closed the connection'))
        options.onClose?.()
      },
    })
    socket.send(conversation.opening())
    socket.flush()
    let batch = 0
    const encoder = new TextEncoder()
    return {
      socket,
      live: live.promise,
      get cursor() {
        return conversation.cursor
      },
      send(update) {
        batch++
        socket.send(encodeClientMessage({ type: 'push', session, batch, recovery: false, update }))
      },
      present(id, _clock, state) {
        socket.send(
          encodeClientMessage({ type: 'presence-update', session, id, state: encoder.encode(state) }),
        )
      },
      flush: () => socket.flush(),
      close: () => socket.close(),
    }
  },
}

const session = 1

/** What the relay says to one session, in its order. */
class Conversation {
  readonly #options: JoinOptions
  readonly #live: Deferred
  readonly #decoder = new TextDecoder()
  #lineage = ''
  #seq = 0
  #check = ''
  #head = 0
  #parts: Uint8Array[] = []
  /** Live, and nobody wants to hear: of 500 listeners few are measured, and the others are not to cost the load. */
  #isDeaf = false

  constructor(options: JoinOptions, live: Deferred) {
    this.#options = options
    this.#live = live
  }

  get cursor(): Cursor | null {
    return this.#lineage === '' || this.#check === ''
      ? null
      : { lineage: this.#lineage, seq: this.#seq, check: this.#check }
  }

  opening(): Uint8Array {
    const { document, holds } = this.#options
    const cursor = holds?.cursor ?? null
    if (cursor) this.#moveTo(cursor.seq, cursor.check)
    return concatFrames([
      encodeClientMessage({ type: 'hello', version: protocolVersion, token: '' }),
      encodeClientMessage({ type: 'open', session, document, access: 'write', cursor }),
    ])
  }

  received(frame: Uint8Array): void {
    if (this.#isDeaf) return
    const decoded = decodeRelayFrame(frame, connectionLimitsHardMax)
    if (decoded.kind === 'malformed') throw new Error(`the relay sent ${decoded.reason}`)
    for (const message of decoded.messages) this.#receivedMessage(message)
  }

  #receivedMessage(message: RelayMessage): void {
    switch (message.type) {
      case 'opened':
        if (message.resume.kind === 'resync') throw new Error('the relay does not know the cursor')
        this.#lineage = message.lineage
        this.#head = message.head
        return this.#considerLive()
      case 'snapshot-part':
        this.#parts.push(new Uint8Array(message.bytes))
        if (message.offset + message.bytes.length < message.totalBytes) return
        this.#takeSnapshot(message.encoding)
        return this.#moveTo(message.seq, message.check)
      case 'entries':
        for (const update of message.updates) this.#options.onUpdate?.(update)
        return this.#moveTo(message.first + message.updates.length - 1, message.check)
      case 'ack':
        this.#options.onAcked?.(message.batch)
        if (message.first <= message.last) this.#moveTo(message.last, message.check)
        return
      case 'presence-changed':
        for (const { id, state } of message.entries) {
          this.#options.onPresence?.(id, this.#decoder.decode(state))
        }
        return
      case 'closed':
      case 'go-away':
        return this.#live.reject(new Error(`the relay ended it: ${message.code} ${message.message}`))
      case 'refused':
      case 'resync':
        throw new Error(`the relay answered a push with ${message.type}: ${JSON.stringify(message)}`)
      case 'welcome':
      case 'verified':
      case 'access-changed':
      case 'pong':
        return
    }
  }

  #moveTo(seq: number, check: string): void {
    this.#seq = seq
    this.#check = check
    this.#considerLive()
  }

  #considerLive(): void {
    if (this.#lineage === '' || this.#seq < this.#head) return
    this.#live.resolve()
    const { onUpdate, onSnapshot, onAcked, onPresence } = this.#options
    this.#isDeaf = !onUpdate && !onSnapshot && !onAcked && !onPresence
  }

  #takeSnapshot(encoding: 'v1' | 'v2-deflate'): void {
    const body = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts)
    this.#parts = []
    const { onSnapshot, onUpdate } = this.#options
    if (encoding === 'v1') onUpdate?.(body)
    else if (onSnapshot) onSnapshot(body)
    else if (onUpdate) onUpdate(Y.convertUpdateFormatV2ToV1(inflateRawSync(body)))
  }
}
