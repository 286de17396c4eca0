import type { Reader } from './reader.ts'
import { utf16Length } from './utf8.ts'

/**
 * Reads a string of JSON (RFC 8259) that `JSON.parse` takes and `JSON.stringify` writes again with the same value. Yjs
 * parses what arrives and writes it anew in every snapshot: a number that does not survive this (`1e400`, `-0`) would
 * differ between those who saw it live and those who load it. Nesting is limited, since Yjs's own code recurses.
 */
export function readJson(reader: Reader, depthMax: number): void {
  const start = textStart(reader)
  new JsonText(reader, start, depthMax).check()
}

/** As `readJson`, for `ContentJSON`, which also has the bare word `undefined`. */
export function readJsonOrUndefined(reader: Reader, depthMax: number): void {
  const start = textStart(reader)
  if (!isWord(reader.bytes, start, reader.offset, 'undefined')) new JsonText(reader, start, depthMax).check()
}

/** Reads the whole string, so that `reader.offset` is its end, and returns where it begins. */
function textStart(reader: Reader): number {
  const length = reader.varUint()
  const start = reader.skip(length)
  utf16Length(reader, start, start + length)
  return start
}

function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false
  for (let i = 0; i < word.length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) return false
  }
  return true
}

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const zero = 0x30
const colon = 0x3a
const backslash = 0x5c
const arrayStart = 0x5b
const arrayEnd = 0x5d
const objectStart = 0x7b
const objectEnd = 0x7d

/** What may follow a backslash, other than `u` with four hex digits. */
const escapes = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)))

class JsonText {
  readonly #reader: Reader
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #depthMax: number
  #offset: number
  /** The byte that closes each array and object that is open, outermost first. */
  readonly #open: number[] = []

  constructor(reader: Reader, start: number, depthMax: number) {
    this.#reader = reader
    this.#bytes = reader.bytes
    this.#offset = start
    this.#end = reader.offset
    this.#depthMax = depthMax
  }

  check(): void {
    do this.#valueOrStart()
    while (this.#separator())
    if (this.#offset !== this.#end) this.#refuse()
  }

  /** Reads a scalar or an empty container, after as many starts of containers as there are. */
  #valueOrStart(): void {
    for (;;) {
      const byte = this.#peek()
      if (byte !== arrayStart && byte !== objectStart) return this.#scalar(byte)
      this.#offset++
      const closer = byte === arrayStart ? arrayEnd : objectEnd
      if (this.#open.length === this.#depthMax)
        this.#reader.refuse('too-deep', 'JSON nested too deep', this.#offset)
      if (this.#peek() === closer) {
        this.#offset++
        return
      }
      this.#open.push(closer)
      if (closer === objectEnd) this.#key()
    }
  }

  /** After a value: closes what ends here. True when another value follows, false at the end of the outermost. */
  #separator(): boolean {
    for (;;) {
      const byte = this.#peek()
      const closer = this.#open.at(-1)
      if (closer === undefined) return false
      this.#offset++
      if (byte === comma) {
        if (closer === objectEnd) this.#key()
        return true
      }
      if (byte !== closer) this.#refuse()
      this.#open.pop()
    }
  }

  #key(): void {
    if (this.#peek() !== quote) this.#refuse()
    this.#string()
    if (this.#peek() !== colon) this.#refuse()
    this.#offset++
  }

  #scalar(byte: number): void {
    if (byte === quote) this.#string()
    else if (byte === minus || isDigit(byte)) this.#number()
    else this.#word()
  }

  #string(): void {
    this.#offset++
    for (;;) {
      const byte = this.#next()
      if (byte === quote) return
      if (byte < 0x20) this.#refuse()
      if (byte === backslash) this.#escape()
    }
  }

  #escape(): void {
    const byte = this.#next()
    if (escapes.has(byte)) return
    if (byte !== 0x75) this.#refuse()
    for (let i = 0; i < 4; i++) {
      if (!isHexDigit(this.#next())) this.#refuse()
    }
  }

  #word(): void {
    for (const word of ['true', 'false', 'null']) {
      const end = this.#offset + word.length
      if (end <= this.#end && isWord(this.#bytes, this.#offset, end, word)) {
        this.#offset = end
        return
      }
    }
    this.#refuse()
  }

  #number(): void {
    const start = this.#offset
    const negative = this.#accept(minus)
    const zeroFirst = this.#accept(zero)
    if (!zeroFirst) this.#digits()
    if (this.#accept(0x2e)) this.#digits()
    const exponent = this.#accept(0x65) || this.#accept(0x45)
    if (exponent) {
      if (!this.#accept(minus)) this.#accept(0x2b)
      this.#digits()
    }
    const suspect = exponent || (negative && zeroFirst) || this.#offset - start > 300
    if (suspect && !survives(this.#bytes, start, this.#offset)) this.#refuse()
  }

  #digits(): void {
    const start = this.#offset
    while (this.#offset < this.#end && isDigit(this.#bytes[this.#offset] as number)) this.#offset++
    if (this.#offset === start) this.#refuse()
  }

  #accept(byte: number): boolean {
    const accepted = this.#offset < this.#end && this.#bytes[this.#offset] === byte
    if (accepted) this.#offset++
    return accepted
  }

  /** The next byte that is no white space, not consumed; 0 at the end of the text. */
  #peek(): number {
    while (this.#offset < this.#end) {
      const byte = this.#bytes[this.#offset] as number
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      this.#offset++
    }
    return 0
  }

  #next(): number {
    if (this.#offset >= this.#end) this.#refuse()
    return this.#bytes[this.#offset++] as number
  }

  #refuse(): never {
    return this.#reader.refuse(
      'json',
      'JSON that does not parse, or changes when written again',
      this.#offset,
    )
  }
}

/** Whether a number is the same after `JSON.parse` and `JSON.stringify`: neither infinite nor minus zero. */
function survives(bytes: Uint8Array, start: number, end: number): boolean {
  const value = Number(new TextDecoder().decode(bytes.subarray(start, end)))
  return Number.isFinite(value) && !Object.is(value, -0)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}
