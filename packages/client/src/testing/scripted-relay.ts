import { emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import {
  type ClientMessage,
  concatFrames,
  decodeClientFrame,
  defaultConnectionLimits,
  encodeRelayMessage,
  type RelayMessage,
  type Resume,
} from '@tidemark/protocol'
import * as Y from 'yjs'
import type { RelayEnd, RelaySocket } from './fake-network.ts'

export const lineage: Lineage = 'a'.repeat(32)

export function checkAt(seq: Seq): string {
  return seq === 0 ? emptyCheck : String(seq).padStart(32, '0')
}

/** A relay that says what a test makes it say, and remembers what it was told. */
export class ScriptedRelay {
  /** Of the last connection. */
  messages: ClientMessage[] = []
  /** All frames, decoded, of all connections. */
  readonly frames: ClientMessage[][] = []
  /** Answers `open` by itself with this. */
  answer: { readonly resume: Resume; readonly head: Seq; readonly lineage?: Lineage } | null = {
    resume: { kind: 'snapshot' },
    head: 0,
  }
  answersPings = true
  access: 'read' | 'write' = 'write'
  limits = defaultConnectionLimits
  #socket: RelaySocket | null = null

  readonly accept = (socket: RelaySocket): RelayEnd => {
    this.#socket = socket
    this.messages = []
    return {
      received: (frame) => this.#received(frame),
      closed: () => {
        if (this.#socket === socket) this.#socket = null
      },
    }
  }

  get session(): number {
    return this.got('open').at(-1)?.session ?? 0
  }

  got<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<ClientMessage, { type: T }>[]
  }

  send(...messages: RelayMessage[]): void {
    this.#socket?.send(concatFrames(messages.map(encodeRelayMessage)))
  }

  sendBytes(frame: Uint8Array): void {
    this.#socket?.send(frame)
  }

  hangUp(): void {
    this.#socket?.terminate()
  }

  ack(batch: number, first: Seq = 1, last: Seq = 0): void {
    this.send({ type: 'ack', session: this.session, batch, first, last, check: checkAt(last) })
  }

  entries(first: Seq, ...updates: Uint8Array[]): void {
    const check = checkAt(first + updates.length - 1)
    this.send({ type: 'entries', channel: this.session + 100, first, check, updates })
  }

  snapshot(seq: Seq, bytes: Uint8Array, { offset = 0, totalBytes = bytes.length } = {}): void {
    const part = { seq, check: checkAt(seq), encoding: 'v1', totalBytes, offset, bytes } as const
    this.send({ type: 'snapshot-part', session: this.session, ...part })
  }

  #received(frame: Uint8Array): void {
    const decoded = decodeClientFrame(frame, this.limits)
    if (decoded.kind === 'malformed') throw new Error(decoded.reason)
    // Byte fields are views; they are looked at later.
    const messages = decoded.messages.map((message) => structuredClone(message))
    this.messages.push(...messages)
    this.frames.push(messages)
    for (const message of messages) {
      if (message.type === 'hello') this.send({ type: 'welcome', version: 1, limits: this.limits })
      if (message.type === 'ping' && this.answersPings) this.send({ type: 'pong', nonce: message.nonce })
      if (message.type === 'open' && this.answer) this.opened(message.session)
    }
  }

  opened(session: number = this.session): void {
    const { resume, head, lineage: of = lineage } = this.answer ?? { resume: { kind: 'snapshot' }, head: 0 }
    const { access } = this
    this.send({
      type: 'opened',
      session,
      channel: session + 100,
      access,
      lineage: of,
      head,
      resume,
    })
  }
}

/** Somebody who writes: each call gives the update of one edit. */
export function createAuthor(): { readonly doc: Y.Doc; write(text: string): Uint8Array } {
  const doc = new Y.Doc()
  return {
    doc,
    write(text) {
      let written: Uint8Array = new Uint8Array()
      doc.once('update', (update: Uint8Array) => {
        written = update
      })
      doc.getText('t').insert(doc.getText('t').length, text)
      return written
    },
  }
}
