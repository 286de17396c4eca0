import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readJson, readJsonOrUndefined } from './json.ts'
import { Reader, Refusal } from './reader.ts'
import { createRandom, jsonContent, mutate, pick } from './testing/index.ts'

function accepts(text: string, read = readJson): boolean {
  // A list of one JSON text: its count is the first byte.
  const reader = new Reader(jsonContent(text).bytes)
  reader.skip(1)
  try {
    read(reader, 100)
    return reader.remaining === 0
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Parses, and has the same value when it is written and parsed again. */
function survivesYjs(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value)
  } catch {
    return false
  }
}

const good: readonly string[] = [
  ['true', 'false', 'null', '0', '-1', '12.5', '1e5', '1E+5', '-1.5e-3', '0.1', '1e-400', '""', '"a"'],
  ['{}', '[]', ' [ ] ', '{"a":1}', '[1,2,[3]]', '{"a":{"b":[]},"c":null}', ' {\n"a" :\t1 ,"b":[ 1 , 2 ]\r} '],
  [
    '"\\u00e9\\n\\"\\\\\\/"',
    '"\\ud800"',
    '"é漢😀"',
    '{"__proto__":{"a":1}}',
    '{"a":1,"a":2}',
    '123456789012345678901',
  ],
].flat()

const bad: readonly string[] = [
  [
    '',
    ' ',
    'tru',
    'nulll',
    'undefined',
    'True',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '1e+',
    '+1',
    '0x1',
    'NaN',
    'Infinity',
  ],
  [
    '-0',
    '-0.0',
    '1e400',
    '-1e-400',
    '{"a":[-0e1]}',
    '\ufeff1',
    '\u00a01',
    "'a'",
    '"',
    '"\\x"',
    '"\\u12g4"',
    '"\\u123',
  ],
  ['"a\nb"', '"a\u0000b"', '[1,]', '[,1]', '[1 2]', '[1', ']', '[}', '{}{}', '[]1', '1,2'],
  ['{"a"}', '{"a":}', '{"a":1,}', '{a:1}', '{1:1}', '{"a":1', '{"a":1]'],
].flat()

describe('JSON is taken where JSON.parse takes it and the value survives being written again', () => {
  test.each(good)('%s is', (text) => {
    expect(survivesYjs(text)).toBe(true)
    expect(accepts(text)).toBe(true)
  })

  test.each(bad)('%s is not', (text) => {
    expect(survivesYjs(text)).toBe(false)
    expect(accepts(text)).toBe(false)
  })

  test('and nowhere else, among damaged texts', () => {
    const random = createRandom(1)
    const decoder = new TextDecoder()
    const texts = Array.from({ length: 8000 }, () =>
      decoder.decode(mutate(random, new TextEncoder().encode(pick(random, good)))),
    )
    expect(texts.filter((text) => accepts(text) !== survivesYjs(text))).toEqual([])
    expect(texts.filter((text) => accepts(text)).length).toBeGreaterThan(500)
  })
})

test('the bare word undefined is taken only where Yjs reads it', () => {
  expect(accepts('undefined', readJsonOrUndefined)).toBe(true)
  expect(accepts('1', readJsonOrUndefined)).toBe(true)
  expect(accepts('undefine', readJsonOrUndefined)).toBe(false)
  expect(accepts(' undefined', readJsonOrUndefined)).toBe(false)
})
