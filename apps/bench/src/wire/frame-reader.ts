/** Opcodes of RFC 6455 that a server of ours may send. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Told of each whole frame. The bytes are only valid during the call. */
export type OnFrame = (opcode: number, payload: Buffer) => void

/**
 * Cuts a byte stream into WebSocket frames (RFC 6455, section 5.2) with as little work as can be, so that the bench's
 * own reading is not what is measured. Servers do not mask and, here, do not fragment: anything else throws.
 *
 *     byte 0: FIN and opcode · byte 1: length, or 126 and 2 more bytes, or 127 and 8 more · payload
 */
export class FrameReader {
  #rest: Buffer[] = []
  #restBytes = 0
  /** Bytes that are needed before it is worth looking again. */
  #wanted = 2
  readonly #onFrame: OnFrame

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame
  }

  take(chunk: Buffer): void {
    this.#restBytes += chunk.length
    this.#rest.push(chunk)
    if (this.#restBytes < this.#wanted) return
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest)
    const end = this.#readAll(bytes)
    this.#rest = end < bytes.length ? [bytes.subarray(end)] : []
    this.#restBytes = bytes.length - end
  }

  /** Where the first incomplete frame begins. */
  #readAll(bytes: Buffer): number {
    let start = 0
    for (;;) {
      const left = bytes.length - start
      if (left < 2) return this.#wait(start, 2)
      const opcode = mustBeWhole(bytes[start] as number)
      const short = bytes[start + 1] as number
      if (short > 127) throw new Error('a server must not mask')
      const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (left < headerBytes) return this.#wait(start, headerBytes)
      const length = lengthOf(bytes, start, short)
      if (left < headerBytes + length) return this.#wait(start, headerBytes + length)
      const from = start + headerBytes
      start = from + length
      this.#onFrame(opcode, bytes.subarray(from, start))
    }
  }

  #wait(start: number, bytes: number): number {
    this.#wanted = bytes
    return start
  }
}

function mustBeWhole(first: number): number {
  if ((first & 0xf0) !== 0x80) throw new Error(`a fragmented or extended frame: ${first.toString(16)}`)
  return first & 0x0f
}

function lengthOf(bytes: Buffer, start: number, short: number): number {
  if (short < 126) return short
  return short === 126 ? bytes.readUInt16BE(start + 2) : Number(bytes.readBigUInt64BE(start + 2))
}

/**
 * A client's frame. Its mask is 0, which RFC 6455 allows and which leaves the payload as it is: it costs the load
 * nothing, and all servers the same.
 */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.alloc(headerBytes + 4 + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (headerBytes === 4) frame.writeUInt16BE(length, 2)
  if (headerBytes === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.set(payload, headerBytes + 4)
  return frame
}
