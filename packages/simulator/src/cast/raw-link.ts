import type { Cursor, DocumentId, ErrorCode, Lineage } from '@tidemark/base'
import {
  type ClientMessage,
  concatFrames,
  decodeRelayFrame,
  encodeClientMessage,
  frameBytesHardMax,
  type RelayMessage,
} from '@tidemark/protocol'
import type { Network } from '../world/network.ts'
import type { Process } from '../world/process.ts'
import { relayAddress } from './relay-node.ts'

/** A session, as far as its owner was told of it. */
export interface RawSession {
  readonly session: number
  readonly document: DocumentId
  channel: number
  lineage: Lineage
  /** The last position that the relay named; null before the first. */
  cursor: Cursor | null
  lastBatch: number
  /** Participants that the relay has shown. */
  readonly shown: Set<number>
}

export interface RawLinkDeps {
  readonly network: Network
  readonly process: Process
  readonly host: string
  /** Every message of the relay, in order. */
  readonly told: (message: RelayMessage) => void
}

/** One connection of somebody who speaks the protocol byte by byte, and keeps to none of its rules unless asked to. */
export class RawLink {
  /** Sessions that the relay has opened, by their numbers. */
  readonly sessions: Map<number, RawSession> = new Map()
  readonly #deps: RawLinkDeps
  readonly #end: ReturnType<Network['connect']>
  readonly #asked = new Map<number, DocumentId>()
  #isOpen = true
  #lastSession = 0

  constructor(deps: RawLinkDeps) {
    this.#deps = deps
    const { network, process, host } = deps
    this.#end = network.connect(process, host, relayAddress, '/', {
      opened() {},
      drained() {},
      received: (frame) => this.#received(frame),
      closed: () => {
        this.#isOpen = false
        this.sessions.clear()
      },
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Any bytes, as one frame. */
  send(frame: Uint8Array): void {
    if (this.#isOpen) this.#end.send(frame)
  }

  /** Messages, as one frame. */
  say(...messages: readonly ClientMessage[]): void {
    for (const message of messages)
      if (message.type === 'open') this.#asked.set(message.session, message.document)
    this.send(concatFrames(messages.map(encodeClientMessage)))
  }

  /** A number that no session of this connection has had. */
  nextSession(): number {
    return ++this.#lastSession
  }

  open(document: DocumentId, cursor: Cursor | null = null): ClientMessage {
    return { type: 'open', session: this.nextSession(), document, access: 'write', cursor }
  }

  push(to: RawSession, update: Uint8Array, recovery = false): ClientMessage {
    return { type: 'push', session: to.session, batch: ++to.lastBatch, recovery, update }
  }

  /** Reads nothing more: what the relay sends piles up at its end. */
  deafen(): void {
    this.#deps.network.connections(this.#deps.host).at(-1)?.stall('down')
  }

  close(): void {
    this.#end.close(1000, '')
  }

  /** As when a cable is pulled: what is under way is lost at some byte. */
  cut(): void {
    this.#end.terminate()
  }

  #received(frame: Uint8Array): void {
    const decoded = decodeRelayFrame(frame, { frameBytesMax: frameBytesHardMax })
    if (decoded.kind === 'malformed') throw new Error(`the relay sent what is no frame: ${decoded.reason}`)
    for (const message of decoded.messages) {
      this.#learn(message)
      this.#deps.told(message)
    }
  }

  #learn(message: RelayMessage): void {
    switch (message.type) {
      case 'opened': {
        const { session, channel, lineage } = message
        const document = this.#asked.get(session)
        if (document !== undefined)
          this.sessions.set(session, {
            session,
            document,
            channel,
            lineage,
            cursor: null,
            lastBatch: 0,
            shown: new Set(),
          })
        return
      }
      case 'entries':
        return this.#moved(
          this.#ofChannel(message.channel),
          message.first + message.updates.length - 1,
          message.check,
        )
      case 'ack':
        if (message.first <= message.last)
          this.#moved(this.sessions.get(message.session), message.last, message.check)
        return
      case 'presence-changed':
        for (const { id } of message.entries) this.#ofChannel(message.channel)?.shown.add(id)
        return
      case 'snapshot-part':
        return this.#moved(this.sessions.get(message.session), message.seq, message.check)
      case 'closed':
        this.sessions.delete(message.session)
        return
      default:
        return
    }
  }

  #ofChannel(channel: number): RawSession | undefined {
    return [...this.sessions.values()].find((session) => session.channel === channel)
  }

  #moved(session: RawSession | undefined, seq: number, check: string): void {
    if (session) session.cursor = { lineage: session.lineage, seq, check }
  }
}

/** What ended things for a stranger. */
export function codeOf(message: RelayMessage): ErrorCode | null {
  switch (message.type) {
    case 'closed':
    case 'refused':
    case 'go-away':
      return message.code
    default:
      return null
  }
}
