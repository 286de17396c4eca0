import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { decodeStateVector, encodeStateVector } from './state-vector.ts'
import { below, bytesOf, createRandom, mutate } from './testing/index.ts'

test('a state vector is written as Yjs writes it, and read as Yjs reads it', () => {
  const random = createRandom(1)
  for (let i = 0; i < 200; i++) {
    const entries = Array.from(
      { length: below(random, 20) },
      () => [below(random, 2 ** 53), 1 + below(random, 2 ** 40)] as const,
    )
    const clocks = new Map(entries)
    const bytes = encodeStateVector({ clocks })
    expect(bytes).toEqual(Y.encodeStateVector(clocks))
    expect(decodeStateVector(bytes)).toEqual(Y.decodeStateVector(bytes))
  }
})

test.each([
  ['nothing', ''],
  ['a count that the bytes cannot hold', 'ffffff7f'],
  ['half an entry', '01 05'],
  ['bytes after the end', '00 00'],
  ['a client twice', '02 05 01 05 02'],
  ['a clock above 2^48', '01 05 81808080808040'],
  ['a number above 2^53 - 1', '01 05 8080808080808010'],
  ['a number in more bytes than it needs', '01 05 8100'],
])('[LIM1] %s is no state vector', (_, hex) => {
  expect(decodeStateVector(bytesOf(hex))).toBeNull()
})

test('[LIM1] clients in any order, and clocks of 0, are read: other implementations write them', () => {
  expect(decodeStateVector(bytesOf('02 05 01 09 00'))).toEqual(
    new Map([
      [5, 1],
      [9, 0],
    ]),
  )
  expect(decodeStateVector(bytesOf('01 05 80808080808040'))).toEqual(new Map([[5, 2 ** 48]]))
})

test('[LIM1] no bytes make reading throw', () => {
  const random = createRandom(2)
  const honest = encodeStateVector({
    clocks: new Map([
      [5, 100],
      [2 ** 40, 7],
      [300, 2 ** 33],
    ]),
  })
  let read = 0
  for (let i = 0; i < 5000; i++) {
    if (decodeStateVector(mutate(random, honest)) !== null) read++
  }
  expect(read).toBeGreaterThan(100)
})
