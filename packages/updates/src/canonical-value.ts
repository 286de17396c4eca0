import {
  type Encoder,
  write,
  writeBigInt64,
  writeFloat64,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from 'lib0/encoding'

/**
 * Writes a value so that what Yjs treats as equal has equal bytes, and nothing else has: keys sorted, one form for each
 * number. Values are taken as lib0's `writeAny` would send them, because their author still holds what they were before
 * (a function, a date). No recursion: the nesting is the user's.
 */
export function writeCanonicalValue(encoder: Encoder, value: unknown): void {
  const open: unknown[] = [value]
  while (open.length > 0) writeOne(encoder, open.pop(), open)
}

/** As JSON sends it, and JSON reads it. */
export function writeCanonicalJson(encoder: Encoder, value: unknown): void {
  writeCanonicalValue(encoder, throughJson(value))
}

function throughJson(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return value
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? undefined : JSON.parse(text)
}

const undefinedTag = 0
const nullTag = 1
const falseTag = 2
const trueTag = 3
const nanTag = 4
const numberTag = 5
const bigintTag = 6
const stringTag = 7
const bytesTag = 8
const arrayTag = 9
const objectTag = 10

function writeOne(encoder: Encoder, value: unknown, open: unknown[]): void {
  switch (typeof value) {
    case 'string':
      write(encoder, stringTag)
      return writeVarString(encoder, value)
    case 'number':
      return writeNumber(encoder, value)
    case 'boolean':
      return write(encoder, value ? trueTag : falseTag)
    case 'bigint':
      write(encoder, bigintTag)
      return writeBigInt64(encoder, BigInt.asIntN(64, value))
    case 'object':
      return value === null ? write(encoder, nullTag) : writeObject(encoder, value, open)
    case 'undefined':
    case 'function':
    case 'symbol':
      return write(encoder, undefinedTag)
  }
}

/** Not a number has many bit patterns, which survive some journeys and not others. */
function writeNumber(encoder: Encoder, value: number): void {
  if (Number.isNaN(value)) return write(encoder, nanTag)
  write(encoder, numberTag)
  writeFloat64(encoder, value)
}

function writeObject(encoder: Encoder, value: object, open: unknown[]): void {
  if (value instanceof Uint8Array) {
    write(encoder, bytesTag)
    writeVarUint8Array(encoder, value)
  } else if (Array.isArray(value)) {
    write(encoder, arrayTag)
    writeVarUint(encoder, value.length)
    for (let i = value.length - 1; i >= 0; i--) open.push(value[i])
  } else {
    writeRecord(encoder, value as Record<string, unknown>, open)
  }
}

/** All keys first, then the values in the order of the keys. */
function writeRecord(encoder: Encoder, value: Record<string, unknown>, open: unknown[]): void {
  const keys = Object.keys(value).sort()
  write(encoder, objectTag)
  writeVarUint(encoder, keys.length)
  for (const key of keys) writeVarString(encoder, key)
  for (let i = keys.length - 1; i >= 0; i--) open.push(value[keys[i] as string])
}
