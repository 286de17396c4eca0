import {
  type ClientMessage,
  concatFrames,
  decodeRelayFrame,
  defaultConnectionLimits,
  encodeClientMessage,
  protocolVersion,
  type RelayMessage,
  subprotocol,
} from '@tidemark/protocol'
import { WebSocket } from 'ws'
import { until } from './until.ts'

/** Somebody who speaks the native protocol by hand, well or badly. */
export class RawClient {
  readonly received: RelayMessage[] = []
  /** The WebSocket close code; null while it is open. */
  closeCode: number | null = null
  readonly #ws: WebSocket

  private constructor(ws: WebSocket) {
    this.#ws = ws
    ws.binaryType = 'nodebuffer'
    ws.on('error', () => {})
    ws.on('close', (code) => {
      this.closeCode = code
    })
    ws.on('message', (frame: Buffer) => {
      const decoded = decodeRelayFrame(frame, defaultConnectionLimits)
      if (decoded.kind === 'messages') this.received.push(...decoded.messages)
    })
  }

  static async connect(url: string): Promise<RawClient> {
    const ws = new WebSocket(url, subprotocol)
    const client = new RawClient(ws)
    await until('the connection is open', () => ws.readyState === WebSocket.OPEN)
    return client
  }

  /** All messages in one frame. */
  send(...messages: readonly ClientMessage[]): void {
    this.sendBytes(concatFrames(messages.map(encodeClientMessage)))
  }

  sendBytes(frame: Uint8Array): void {
    this.#ws.send(frame)
  }

  hello(token = ''): void {
    this.send({ type: 'hello', version: protocolVersion, token })
  }

  async next<Type extends RelayMessage['type']>(type: Type): Promise<RelayMessage & { type: Type }> {
    const find = (): RelayMessage | undefined => this.received.find((message) => message.type === type)
    await until(`the relay sends ${type}`, () => find() !== undefined)
    return find() as RelayMessage & { type: Type }
  }

  async closed(): Promise<number> {
    await until('the relay closes the connection', () => this.closeCode !== null)
    return this.closeCode ?? 0
  }

  close(): void {
    this.#ws.terminate()
  }
}
