import type { Reader } from './reader.ts'
import { readText } from './utf8.ts'

/** The kinds of value in lib0's `writeAny` (0.2, `encoding.js`), by their first byte. */
const undefinedTag = 127
const nullTag = 126
const integerTag = 125
const float32Tag = 124
const float64Tag = 123
const bigintTag = 122
const falseTag = 121
const trueTag = 120
const stringTag = 119
export const objectTag = 118
const arrayTag = 117
const bytesTag = 116

/** Reads one value as `lib0/decoding`'s `readAny` does, without making it and without recursion. */
export function readValue(reader: Reader, depthMax: number): void {
  const tag = reader.uint8()
  if (tag === objectTag || tag === arrayTag) readNested(reader, tag, depthMax)
  else readScalar(reader, tag)
}

/** `open` holds what each open container still lacks: entries of an object as a negative number, of an array positive. */
function readNested(reader: Reader, outermost: number, depthMax: number): void {
  const open: number[] = [openContainer(reader, outermost)]
  for (let left = open[0] as number; ; left = open[open.length - 1] as number) {
    if (left === 0) {
      open.pop()
      if (open.length === 0) return
      continue
    }
    if (left < 0) readKey(reader)
    open[open.length - 1] = left < 0 ? left + 1 : left - 1
    const tag = reader.uint8()
    if (tag !== objectTag && tag !== arrayTag) {
      readScalar(reader, tag)
      continue
    }
    if (open.length === depthMax) reader.refuse('too-deep', 'a value nested too deep')
    open.push(openContainer(reader, tag))
  }
}

function openContainer(reader: Reader, tag: number): number {
  return tag === objectTag ? -reader.count(2) : reader.count(1)
}

/**
 * `__proto__` would not become a key where it is read: it replaces the prototype of the object, and is gone when the
 * object is written again.
 */
function readKey(reader: Reader): void {
  const start = reader.offset
  readText(reader)
  if (isProto(reader.bytes, start, reader.offset))
    reader.refuse('value', 'an object with the key __proto__', start)
}

const proto = [9, ...new TextEncoder().encode('__proto__')]

function isProto(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === proto.length && proto.every((byte, i) => bytes[start + i] === byte)
}

function readScalar(reader: Reader, tag: number): void {
  switch (tag) {
    case undefinedTag:
    case nullTag:
    case falseTag:
    case trueTag:
      return
    case integerTag:
      return reader.varInt()
    case float32Tag:
      reader.skip(4)
      return
    case float64Tag:
    case bigintTag:
      reader.skip(8)
      return
    case stringTag:
      readText(reader)
      return
    case bytesTag:
      reader.skip(reader.varUint())
      return
    default:
      reader.refuse('value', `no value begins with ${tag}`, reader.offset - 1)
  }
}
