import type { Reader } from './reader.ts'

/**
 * Reads a string (its length in bytes, then UTF-8) and returns its length in UTF-16 units, the length that Yjs gives
 * it. Strict as the fatal `TextDecoder` that lib0 uses: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
export function readText(reader: Reader): number {
  const length = reader.varUint()
  const start = reader.skip(length)
  return utf16Length(reader, start, start + length)
}

/** Length in UTF-16 units of the UTF-8 between two offsets; refuses what is not UTF-8. */
export function utf16Length(reader: Reader, start: number, end: number): number {
  const { bytes } = reader
  let offset = start
  let units = 0
  while (offset < end) {
    const lead = bytes[offset] as number
    if (lead < 0x80) {
      offset++
      units++
      continue
    }
    const length = sequenceLength(lead)
    if (length === 0 || offset + length > end || !isSequence(bytes, offset, length)) {
      reader.refuse('text', 'a string is not UTF-8', offset)
    }
    offset += length
    units += length === 4 ? 2 : 1
  }
  return units
}

/** Bytes of the sequence that begins with this byte, 0 when none does. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  return lead < 0xf5 ? 4 : 0
}

/** The Unicode Standard, table 3-7: only the second byte has a range that depends on the first. */
function isSequence(bytes: Uint8Array, offset: number, length: number): boolean {
  const lead = bytes[offset] as number
  const second = bytes[offset + 1] as number
  if (second < secondMin(lead) || second > secondMax(lead)) return false
  for (let i = 2; i < length; i++) {
    if (((bytes[offset + i] as number) & 0xc0) !== 0x80) return false
  }
  return true
}

function secondMin(lead: number): number {
  if (lead === 0xe0) return 0xa0
  return lead === 0xf0 ? 0x90 : 0x80
}

function secondMax(lead: number): number {
  if (lead === 0xed) return 0x9f
  return lead === 0xf4 ? 0x8f : 0xbf
}
