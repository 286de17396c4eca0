/*
 * A place to write bytes in, for parts within parts: strangers of a simulated world craft updates by the million, and
 * lib0's encoders cost several allocations each.
 */

let bytes: Uint8Array = new Uint8Array(65_536)
let end = 0
const utf8 = new TextEncoder()

/** What `write` writes. */
export function encode(write: () => void): Uint8Array {
  const start = end
  try {
    write()
    return bytes.slice(start, end)
  } finally {
    end = start
  }
}

export function writeByte(byte: number): void {
  makeRoom(1)
  bytes[end++] = byte
}

export function writeBytes(some: Uint8Array): void {
  makeRoom(some.length)
  bytes.set(some, end)
  end += some.length
}

/** lib0's unsigned numbers, one after the other: seven bits a byte, the lowest ones first. */
export function writeNumbers(...values: number[]): void {
  makeRoom(numberBytesMax * values.length)
  for (const value of values) {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[end++] = 128 | (rest % 128)
    bytes[end++] = rest
  }
}

/** UTF-8, behind its length in bytes. */
export function writeString(text: string): void {
  if (isShortAscii(text)) {
    writeNumbers(text.length)
    makeRoom(text.length)
    for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i)
    return
  }
  // Its length stands before it, and is known after it.
  makeRoom(numberBytesMax + utf8BytesMax * text.length)
  const { written } = utf8.encodeInto(text, bytes.subarray(end + numberBytesMax))
  const from = end + numberBytesMax
  writeNumbers(written)
  bytes.copyWithin(end, from, from + written)
  end += written
}

/** To leave JavaScript for a few characters costs more than they do. */
function isShortAscii(text: string): boolean {
  if (text.length > 32) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** Of a number below 2 ** 53. */
const numberBytesMax = 8
/** Of one UTF-16 unit. */
const utf8BytesMax = 3

function makeRoom(count: number): void {
  if (end + count <= bytes.length) return
  const larger = new Uint8Array(Math.max(2 * bytes.length, end + count))
  larger.set(bytes.subarray(0, end))
  bytes = larger
}
