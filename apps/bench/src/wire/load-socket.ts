import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeFrame, FrameReader, opcodes } from './frame-reader.ts'

export interface LoadSocketOptions {
  readonly port: number
  /** With its slash. */
  readonly path: string
  readonly protocol?: string
  /** The bytes are only valid during the call. The first call may come before `connect` has resolved. */
  readonly onMessage: (payload: Buffer, socket: LoadSocket) => void
  readonly onClose?: () => void
}

/** The most that a handshake's answer may take. */
const handshakeBytesMax = 16_384

/**
 * A WebSocket client for load: it can hold a core's worth of traffic on thousands of connections, counts the bytes where
 * they pass, and writes what it was given in a turn at once.
 */
export class LoadSocket {
  readonly #socket: Socket
  readonly #reader: FrameReader
  #frames: Buffer[] = []
  /** Bytes of the handshake, either direction. */
  #handshakeBytes = 0

  private constructor(socket: Socket, { onMessage }: LoadSocketOptions) {
    this.#socket = socket
    this.#reader = new FrameReader((opcode, payload) => {
      if (opcode === opcodes.binary) onMessage(payload, this)
      else this.#control(opcode, payload)
    })
  }

  /** Resolves when the server has agreed to speak WebSocket; rejects when it does not. */
  static async connect(options: LoadSocketOptions): Promise<LoadSocket> {
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    const closed = once(socket, 'close').then(() => {
      throw new Error(`the server at ${options.port} closed before it was open`)
    })
    await Promise.race([once(socket, 'connect'), closed])
    const load = new LoadSocket(socket, options)
    socket.write(requestOf(options))
    await Promise.race([load.#readHandshake(), closed])
    closed.catch(() => {})
    socket.on('close', () => options.onClose?.())
    return load
  }

  get bytesIn(): number {
    return this.#socket.bytesRead
  }

  get bytesOut(): number {
    return this.#socket.bytesWritten
  }

  get handshakeBytes(): number {
    return this.#handshakeBytes
  }

  /** Queues a message for `flush`. */
  send(payload: Uint8Array): void {
    this.#frames.push(encodeFrame(opcodes.binary, payload))
  }

  /** Writes what is queued, in one call to the system where it fits. */
  flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
  }

  /** Stops reading: the system's buffers fill, then the server's. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Cuts the connection. */
  close(): void {
    this.#socket.destroy()
  }

  #readHandshake(): Promise<void> {
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0)
      const onData = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n') + 4
        if (end < 4 && head.length < handshakeBytesMax) return
        this.#socket.off('data', onData)
        if (!head.toString('latin1', 0, 12).startsWith('HTTP/1.1 101')) {
          return reject(new Error(`no WebSocket: ${head.toString('latin1', 0, 200)}`))
        }
        this.#handshakeBytes = this.#socket.bytesWritten + end
        this.#socket.on('data', (data: Buffer) => this.#reader.take(data))
        resolve()
        if (end < head.length) this.#reader.take(head.subarray(end))
      }
      this.#socket.on('data', onData)
    })
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) this.#socket.write(encodeFrame(opcodes.pong, payload))
    else if (opcode === opcodes.close) this.#socket.end()
    else if (opcode !== opcodes.pong) throw new Error(`a message of opcode ${opcode}`)
  }
}

function requestOf({ port, path, protocol }: LoadSocketOptions): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
