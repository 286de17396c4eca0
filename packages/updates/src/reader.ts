import type { RefusalReason } from './inspection.ts'

/** Why bytes are no update. Thrown by readers inside this package only, and caught where the bytes came in. */
export class Refusal extends Error {
  readonly reason: RefusalReason
  readonly offset: number

  constructor(reason: RefusalReason, offset: number, message: string) {
    super(message)
    this.reason = reason
    this.offset = offset
  }
}

/**
 * Reads lib0's encoding (lib0 0.2, `decoding.js`) from hostile bytes, stricter than lib0: nothing is read past the end,
 * a number has one encoding, and it is at most 2^53 - 1. Every method throws `Refusal` and nothing else.
 */
export class Reader {
  readonly bytes: Uint8Array
  offset = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get remaining(): number {
    return this.bytes.length - this.offset
  }

  refuse(reason: RefusalReason, message: string, offset: number = this.offset): never {
    throw new Refusal(reason, offset, message)
  }

  /** Claims the next `length` bytes and returns where they begin. */
  skip(length: number): number {
    const start = this.offset
    if (length > this.bytes.length - start)
      this.refuse('end-of-input', `${length} bytes announced, fewer left`)
    this.offset = start + length
    return start
  }

  uint8(): number {
    const byte = this.bytes[this.offset]
    if (byte === undefined) return this.refuse('end-of-input', 'the update ends in the middle of something')
    this.offset++
    return byte
  }

  varUint(): number {
    const byte = this.uint8()
    return byte < 128 ? byte : this.#varUintRest(byte & 127)
  }

  /** A count of things that take at least `bytesEach` bytes: never more than the bytes left can hold. */
  count(bytesEach: number): number {
    const start = this.offset
    const count = this.varUint()
    if (count * bytesEach > this.remaining)
      this.refuse('end-of-input', `${count} announced, fewer left`, start)
    return count
  }

  /** lib0's signed number: a sign bit and six bits first, then seven at a time. Only its form matters here. */
  varInt(): void {
    const start = this.offset
    const first = this.uint8()
    if (first < 128) return
    let value = first & 63
    let factor = 64
    let byte: number
    do {
      byte = this.uint8()
      value += (byte & 127) * factor
      factor *= 128
      this.#checkNumber(value, factor, byte, start)
    } while (byte >= 128)
    if (byte === 0) this.refuse('number-overlong', 'a number in more bytes than it needs', start)
  }

  #varUintRest(low: number): number {
    const start = this.offset - 1
    let value = low
    let factor = 128
    let byte: number
    do {
      byte = this.uint8()
      value += (byte & 127) * factor
      factor *= 128
      this.#checkNumber(value, factor, byte, start)
    } while (byte >= 128)
    if (byte === 0) this.refuse('number-overlong', 'a number in more bytes than it needs', start)
    return value
  }

  /** After each byte of a number. Doubles are exact up to here: the sum passes 2^53 - 1 before it loses a bit. */
  #checkNumber(value: number, factor: number, byte: number, start: number): void {
    if (value > Number.MAX_SAFE_INTEGER) this.refuse('number-too-large', 'a number above 2^53 - 1', start)
    // Zeros for ever would let the factor grow to infinity, and the value to no number at all.
    if (factor > 2 ** 56 && byte >= 128)
      this.refuse('number-overlong', 'a number of more than eight bytes', start)
  }
}
