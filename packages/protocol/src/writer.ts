import { assert } from '@tidemark/base'
import { clipText, encodeText } from './text.ts'

/**
 * Writes the fields of one message. A message's body is described once, as a function of calls to `put…`, and that
 * function runs twice: to measure (`out` is null: `at` only counts) and to write into one buffer of exactly that size.
 *
 * A value that the format cannot hold is a programmer's mistake and fails an assertion.
 */
export interface Writer {
  out: Uint8Array | null
  at: number
}

/** The message of `type` whose body `putBody` writes. */
export function encodeMessage<M>(
  type: number,
  putBody: (writer: Writer, message: M) => void,
  message: M,
): Uint8Array {
  const writer: Writer = { out: null, at: 0 }
  putBody(writer, message)
  const out = beginMessage(writer, type)
  putBody(writer, message)
  return out
}

/** Turns a writer that has measured a body into one that writes it, behind its type and length. */
export function beginMessage(writer: Writer, type: number): Uint8Array {
  const length = writer.at
  const out = new Uint8Array(1 + uintBytes(length) + length)
  out[0] = type
  writer.out = out
  writer.at = 1
  putUint(writer, length)
  return out
}

export function putByte(writer: Writer, value: number): void {
  if (writer.out) writer.out[writer.at] = value
  writer.at++
}

/** An unsigned LEB128 integer up to 2^53 - 1. */
export function putUint(writer: Writer, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'no unsigned integer', value)
  const { out } = writer
  if (!out) {
    writer.at += uintBytes(value)
    return
  }
  let rest = value
  while (rest > 0x7f) {
    out[writer.at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  out[writer.at++] = rest
}

function uintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

export function putRaw(writer: Writer, bytes: Uint8Array): void {
  writer.out?.set(bytes, writer.at)
  writer.at += bytes.length
}

/** A length and as many bytes. */
export function putBytes(
  writer: Writer,
  bytes: Uint8Array,
  bytesMax: number = Number.MAX_SAFE_INTEGER,
): void {
  assert(bytes.length <= bytesMax, 'too many bytes', bytes.length, bytesMax)
  putUint(writer, bytes.length)
  putRaw(writer, bytes)
}

/** Bytes whose number both ends know. */
export function putFixed(writer: Writer, bytes: Uint8Array, length: number): void {
  assert(bytes.length === length, 'another number of bytes', bytes.length, length)
  putRaw(writer, bytes)
}

/** 32 lower-case hex digits as 16 bytes. */
export function putHex(writer: Writer, hex: string): void {
  assert(hex.length === 32, 'not 32 hex digits', hex)
  const { out, at } = writer
  writer.at += 16
  if (!out) return
  let wrong = 0
  for (let i = 0; i < 16; i++) {
    const high = digit(hex.charCodeAt(2 * i))
    const low = digit(hex.charCodeAt(2 * i + 1))
    wrong |= (high | low) & ~15
    out[at + i] = (high << 4) | low
  }
  assert(wrong === 0, 'not 32 hex digits', hex)
}

/** The value of a lower-case hex digit; for any other character a number outside 0 to 15. */
function digit(charCode: number): number {
  return charCode < 58 ? charCode - 48 : charCode - 87
}

export function putText(writer: Writer, text: string, bytesMax: number): void {
  putBytes(writer, encodeText(text), bytesMax)
}

/** A text for people: cut when it is too long, since failing on it would hide what it is about. */
export function putClippedText(writer: Writer, text: string, bytesMax: number): void {
  putText(writer, clipText(text, bytesMax), bytesMax)
}
