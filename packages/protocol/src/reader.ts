/**
 * Reads the fields of one frame: bytes that anybody may have sent. Each function returns a value within the limit it
 * was given, having looked only at bytes between `offset` and `end`, or throws `Malformed`; nothing is allocated for a
 * length before that length is known to be there. frame.ts is the only one to catch.
 */
export interface Reader {
  readonly frame: Uint8Array
  offset: number
  /** Where the current message ends. */
  end: number
  /** How many more messages, updates and participants this frame may hold. */
  itemsLeft: number
}

/** The frame is not one of ours. Its message is the reason. */
export class Malformed extends Error {}

export function malformed(reason: string): never {
  throw new Malformed(reason)
}

export function readByte(reader: Reader): number {
  if (reader.offset >= reader.end) malformed('truncated')
  return reader.frame[reader.offset++]!
}

/** A byte that counts the cases of something: 0 to `max`. */
export function readCase(reader: Reader, max: number): number {
  const value = readByte(reader)
  return value <= max ? value : malformed('unknown case')
}

/** An unsigned LEB128 integer up to 2^53 - 1, in its shortest form. */
export function readUint(reader: Reader, max: number = Number.MAX_SAFE_INTEGER): number {
  let value = 0
  // 128^7 = 2^49 is the last group that can hold a bit of a safe integer. What it overflows is above every `max`.
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    const byte = readByte(reader)
    value += (byte & 0x7f) * scale
    if (byte < 0x80) {
      if (byte === 0 && scale > 1) malformed('over-long number')
      return value <= max ? value : malformed('above its limit')
    }
  }
  return malformed('above its limit')
}

/** How many items follow. They are read one by one: an array grows only as far as there are bytes. */
export function readCount(reader: Reader): number {
  const count = readUint(reader)
  takeItems(reader, count)
  return count
}

export function takeItems(reader: Reader, count: number): void {
  reader.itemsLeft -= count
  if (reader.itemsLeft < 0) malformed('too many items')
}

/** The next `length` bytes as a view into the frame. */
export function readRaw(reader: Reader, length: number): Uint8Array {
  if (length > reader.end - reader.offset) malformed('truncated')
  // Not `subarray`: on a Node Buffer that would give a Buffer, whose `slice` does not copy.
  const bytes = new Uint8Array(reader.frame.buffer, reader.frame.byteOffset + reader.offset, length)
  reader.offset += length
  return bytes
}

/** A length and as many bytes, as a view into the frame. */
export function readBytes(reader: Reader, bytesMax?: number): Uint8Array {
  return readRaw(reader, readUint(reader, bytesMax))
}

const digits = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1))

/** 16 bytes as 32 lower-case hex digits. */
export function readHex(reader: Reader): string {
  let hex = ''
  for (const byte of readRaw(reader, 16)) hex += digits[byte]
  return hex
}

// A byte order mark is a character like any other here: what was sent is what is read.
const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readText(reader: Reader, bytesMax: number): string {
  const bytes = readBytes(reader, bytesMax)
  try {
    return utf8.decode(bytes)
  } catch {
    return malformed('text is not UTF-8')
  }
}
