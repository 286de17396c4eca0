import { assert } from '@tidemark/base'
import * as Y from 'yjs'
import {
  type AwarenessEntry,
  decodeYWebsocketFrame,
  encodeAwareness,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  type YWebsocketMessage,
} from '../y-websocket-frames.ts'
import type { FakeSocket } from './fake-socket.ts'

/** What a stock y-websocket client does with its socket, in raw bytes. */
export class StockClient {
  readonly socket: FakeSocket
  readonly doc: Y.Doc
  readonly messages: YWebsocketMessage[] = []
  isSynced = false

  constructor(socket: FakeSocket, doc: Y.Doc = new Y.Doc()) {
    this.socket = socket
    this.doc = doc
    socket.onFrame = (frame) => this.#received(frame.slice())
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.sendBytes(encodeUpdate(update))
    })
  }

  get text(): string {
    return this.doc.getText('t').toString()
  }

  type(text: string): void {
    this.doc.getText('t').insert(this.doc.getText('t').length, text)
  }

  sendBytes(frame: Uint8Array): void {
    this.socket.input?.received(frame)
  }

  step1(): void {
    this.sendBytes(encodeStep1(Y.encodeStateVector(this.doc)))
  }

  awareness(...entries: AwarenessEntry[]): void {
    this.sendBytes(encodeAwareness(entries))
  }

  got<T extends YWebsocketMessage['type']>(type: T): Extract<YWebsocketMessage, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<
      YWebsocketMessage,
      { type: T }
    >[]
  }

  #received(frame: Uint8Array): void {
    const messages = decodeYWebsocketFrame(frame)
    assert(
      messages !== null && messages.length <= 1,
      'a stock client reads the first message of a frame only',
    )
    for (const message of messages) {
      this.messages.push(message)
      this.#follow(message)
    }
  }

  #follow(message: YWebsocketMessage): void {
    switch (message.type) {
      case 'step1':
        return this.sendBytes(encodeStep2(Y.encodeStateAsUpdate(this.doc, message.stateVector)))
      case 'step2':
        this.isSynced = true
        return Y.applyUpdate(this.doc, message.update, this)
      case 'update':
        return Y.applyUpdate(this.doc, message.update, this)
      case 'awareness':
      case 'query-awareness':
        return
    }
  }
}
