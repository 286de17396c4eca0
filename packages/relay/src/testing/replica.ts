import { inflateRawSync } from 'node:zlib'
import { assert, type Check, type Cursor, type Lineage, type Seq } from '@tidemark/base'
import {
  type ClientMessage,
  concatFrames,
  decodeRelayFrame,
  encodeClientMessage,
  type Opened,
  type RelayMessage,
  type SnapshotPart,
} from '@tidemark/protocol'
import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import type { FakeSocket } from './fake-socket.ts'

const frameLimits = { frameBytesMax: 64 * 1024 * 1024 }

/** What a client must hold of one document, and no more: a Yjs document, a cursor, what is not acknowledged. */
export class Replica {
  readonly doc: Y.Doc = new Y.Doc()
  lineage: Lineage | null = null
  seq: Seq = 0
  check: Check = '0'.repeat(32)
  /** Pushed or to be pushed, by batch. */
  readonly outbox: Map<number, Uint8Array> = new Map()
  /** Refused for now: an ack of later ones is not for them. */
  readonly refused: Map<number, Uint8Array> = new Map()
  /** Batches that were acknowledged, in order. */
  readonly acked: number[] = []
  #batch = 0
  /** Called with own edits. */
  onEdit: (batch: number, update: Uint8Array) => void = () => {}

  constructor() {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.add(update)
    })
  }

  get cursor(): Cursor | null {
    return this.lineage === null ? null : { lineage: this.lineage, seq: this.seq, check: this.check }
  }

  get text(): string {
    return this.doc.getText('t').toString()
  }

  add(update: Uint8Array): number {
    const batch = ++this.#batch
    this.outbox.set(batch, update)
    this.onEdit(batch, update)
    return batch
  }

  type(text: string, index: number = this.doc.getText('t').length): void {
    this.doc.getText('t').insert(index, text)
  }

  delete(index: number, length: number): void {
    this.doc.getText('t').delete(index, length)
  }

  digest(): Uint8Array {
    const found = digest(this.doc)
    assert(found, 'structs are pending')
    return found
  }

  /** A reload: nothing is sent under the old numbers any more. */
  renumber(): void {
    const unsent = [...this.refused, ...this.outbox].sort(([a], [b]) => a - b)
    const updates = unsent.map(([, update]) => update)
    this.refused.clear()
    this.outbox.clear()
    this.#batch = 0
    for (const update of updates) this.outbox.set(++this.#batch, update)
  }

  entries(first: Seq, check: Check, updates: readonly Uint8Array[]): void {
    assert(first === this.seq + 1, `entries from ${first} after ${this.seq}`)
    for (const update of updates) Y.applyUpdate(this.doc, update, this)
    assert(
      this.doc.store.pendingStructs === null && this.doc.store.pendingDs === null,
      'an entry left structs pending',
    )
    this.seq = first + updates.length - 1
    this.check = check
  }

  snapshot(seq: Seq, check: Check, bytes: Uint8Array): void {
    Y.applyUpdateV2(this.doc, inflateRawSync(bytes), this)
    this.seq = seq
    this.check = check
  }

  refuse(batch: number): void {
    const update = this.outbox.get(batch)
    this.outbox.delete(batch)
    if (update) this.refused.set(batch, update)
  }

  ack(batch: number, first: Seq, last: Seq, check: Check): void {
    for (const sent of [...this.outbox.keys()]) {
      if (sent <= batch) this.outbox.delete(sent)
    }
    this.acked.push(batch)
    if (last < first) return
    assert(first === this.seq + 1, `an ack for ${first} after ${this.seq}`)
    this.seq = last
    this.check = check
  }
}

/** A native client over a fake socket: it says what a test makes it say, and follows the protocol in what it reads. */
export class TestClient {
  readonly socket: FakeSocket
  readonly messages: RelayMessage[] = []
  readonly replica: Replica
  readonly session = 1
  opened: Opened | null = null
  isOffline = false
  /** Answers `resync` by itself. */
  answersResync = true
  #channel = -1
  #parts: SnapshotPart[] = []

  constructor(socket: FakeSocket, replica: Replica) {
    this.socket = socket
    this.replica = replica
    socket.onFrame = (frame) => this.#received(frame)
    replica.onEdit = (batch, update) => {
      if (this.opened && !this.isOffline) this.push(batch, update)
    }
  }

  get text(): string {
    return this.replica.text
  }

  get isUpToDate(): boolean {
    return this.replica.outbox.size === 0
  }

  /** The messages of one kind that have arrived. */
  got<T extends RelayMessage['type']>(type: T): Extract<RelayMessage, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<RelayMessage, { type: T }>[]
  }

  send(...messages: ClientMessage[]): void {
    this.socket.input?.received(concatFrames(messages.map(encodeClientMessage)))
  }

  sendBytes(frame: Uint8Array): void {
    this.socket.input?.received(frame)
  }

  hello(token = ''): void {
    this.send({ type: 'hello', version: 1, token })
  }

  open(
    document: string,
    options: { access?: 'read' | 'write'; cursor?: Cursor | null; session?: number } = {},
  ): void {
    const { access = 'write', cursor = this.replica.cursor, session = this.session } = options
    this.send({ type: 'open', session, document, access, cursor })
  }

  push(batch: number, update: Uint8Array, recovery = false): void {
    this.send({ type: 'push', session: this.session, batch, recovery, update })
  }

  presence(id: number, state: unknown): void {
    const bytes = state === null ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(state))
    this.send({ type: 'presence-update', session: this.session, id, state: bytes })
  }

  /** The line is cut. */
  offline(): void {
    this.isOffline = true
    this.socket.hangUp()
  }

  #received(frame: Uint8Array): void {
    const decoded = decodeRelayFrame(frame.slice(), frameLimits)
    assert(
      decoded.kind === 'messages',
      `the relay sent a bad frame: ${decoded.kind === 'malformed' && decoded.reason}`,
    )
    for (const message of decoded.messages) {
      this.messages.push(message)
      this.#follow(message)
    }
  }

  #follow(message: RelayMessage): void {
    const { replica } = this
    switch (message.type) {
      case 'opened':
        return this.#followOpened(message)
      case 'entries':
        assert(message.channel === this.#channel, 'entries of another channel')
        return replica.entries(message.first, message.check, message.updates)
      case 'ack':
        return replica.ack(message.batch, message.first, message.last, message.check)
      case 'refused':
        return replica.refuse(message.batch)
      case 'snapshot-part':
        return this.#part(message)
      case 'resync':
        if (this.answersResync) this.giveBack(message.stateVector)
        return
      default:
        return
    }
  }

  #followOpened(message: Opened): void {
    this.opened = message
    this.#channel = message.channel
    this.replica.lineage = message.lineage
    if (message.resume.kind === 'resync') {
      if (this.answersResync) this.answer(message.resume.stateVector)
      return
    }
    for (const [batch, update] of this.replica.outbox) this.push(batch, update)
  }

  /** Answers `opened` with `resync`: gives back what the log lacks, and asks for what it has. */
  answer(stateVector: Uint8Array): void {
    this.giveBack(stateVector)
    this.send({ type: 'state', session: this.session, stateVector: Y.encodeStateVector(this.replica.doc) })
  }

  giveBack(stateVector: Uint8Array): void {
    const update = Y.encodeStateAsUpdate(this.replica.doc, stateVector)
    const before = this.isOffline
    this.isOffline = true
    const batch = this.replica.add(update)
    this.isOffline = before
    this.push(batch, update, true)
  }

  #part(part: SnapshotPart): void {
    if (part.offset === 0) this.#parts = []
    this.#parts.push(part)
    const bytes = concatFrames(this.#parts.map((each) => each.bytes))
    if (bytes.length === part.totalBytes) this.replica.snapshot(part.seq, part.check, bytes)
  }
}
