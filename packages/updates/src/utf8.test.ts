import { expect, test } from 'vitest'
import { Reader, Refusal } from './reader.ts'
import { below, concat, createRandom, hexOf, numbers, pick } from './testing/index.ts'
import { readText } from './utf8.ts'

/** As lib0 reads strings. */
function unitsByDecoder(bytes: Uint8Array): number | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).length
  } catch {
    return null
  }
}

function unitsByReader(bytes: Uint8Array): number | null {
  try {
    return readText(new Reader(concat(numbers(bytes.length), bytes)))
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'text') return null
    throw error
  }
}

function isJudgedOtherwise(bytes: Uint8Array): boolean {
  return unitsByReader(bytes) !== unitsByDecoder(bytes)
}

test.each([
  '',
  'abc',
  'é',
  '漢字',
  '😀',
  'a😀é漢\u0000',
  '\ufeffbyte order mark',
  '\ud7ff\ue000\uffff\u{10ffff}',
])('%j has as many UTF-16 units as it has in JavaScript', (text) => {
  expect(unitsByReader(new TextEncoder().encode(text))).toBe(text.length)
})

// The bytes at which the ranges of valid sequences begin and end.
const edges = [
  0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
]

test('every first byte is judged as the strict TextDecoder does, whatever follows', () => {
  const firsts = Array.from({ length: 256 }, (_, first) => first)
  const sequences = firsts.flatMap((first) => edges.map((second) => Uint8Array.of(first, second)))
  expect(sequences.filter(isJudgedOtherwise).map(hexOf)).toEqual([])
})

test('longer sequences are judged as the strict TextDecoder does', () => {
  const random = createRandom(1)
  const sequences = Array.from({ length: 20_000 }, () =>
    Uint8Array.from({ length: 3 + below(random, 3) }, () => pick(random, edges)),
  )
  expect(sequences.filter(isJudgedOtherwise).map(hexOf)).toEqual([])
})
