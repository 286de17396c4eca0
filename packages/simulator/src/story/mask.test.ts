import { expect, test } from 'vitest'
import { formatNamed, keeps, keepsOne, type Mask, parseNamed } from './mask.ts'

const named = parseNamed('cut, relay crash#2, a#3+7-9, b#')

test('the short notation comes back as it was written', () => {
  expect(formatNamed(named)).toBe('cut, relay crash#2, a#3+7-9, b#')
  expect(formatNamed(parseNamed(' a#1+2+3,cut '))).toBe('a#1-3, cut')
  expect(parseNamed('').size).toBe(0)
})

test('what is no list is refused', () => {
  expect(() => parseNamed('a#x')).toThrow(RangeError)
  expect(() => parseNamed('#3')).toThrow(RangeError)
})

test('`only` keeps what it names, and nothing else', () => {
  const mask: Mask = { kind: 'only', named, faultsMs: null }
  expect(['cut', 'a', 'b', 'stall'].map((source) => keeps(mask, source))).toEqual([true, true, true, false])
  expect([2, 3, 8, 10].map((ordinal) => keepsOne(mask, 'a', ordinal))).toEqual([false, true, true, false])
  expect(keepsOne(mask, 'b', 1)).toBe(false)
  expect(keepsOne(mask, 'cut', 99)).toBe(true)
  expect(keepsOne(mask, 'stall', 1)).toBe(false)
})

test('`without` leaves out what it names, and nothing else', () => {
  const mask: Mask = { kind: 'without', named, faultsMs: null }
  expect(['cut', 'a', 'b', 'stall'].map((source) => keeps(mask, source))).toEqual([false, true, true, true])
  expect([2, 3, 8, 10].map((ordinal) => keepsOne(mask, 'a', ordinal))).toEqual([true, false, false, true])
  expect(keepsOne(mask, 'cut', 99)).toBe(false)
  expect(keepsOne(mask, 'stall', 1)).toBe(true)
})
