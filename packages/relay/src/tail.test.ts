import { expect, test } from 'vitest'
import { tailEntryOverheadBytes } from './limits.ts'
import { Tail } from './tail.ts'

const entry = (seq: number, length = 10) => ({ seq, check: `c${seq}`, update: new Uint8Array(length) })

function tailOf(count: number, bytesMax = 1e6): Tail {
  const tail = new Tail(100, 'c100', bytesMax)
  for (let seq = 101; seq <= 100 + count; seq++) tail.push(entry(seq))
  return tail
}

test('a tail knows its start and every seq after it', () => {
  const tail = tailOf(3)
  expect([99, 100, 101, 103, 104].map((seq) => tail.checkAt(seq))).toEqual([
    undefined,
    'c100',
    'c101',
    'c103',
    undefined,
  ])
  expect([99, 100, 103].map((seq) => tail.covers(seq))).toEqual([false, true, true])
})

test('a page holds what fits, and at least one', () => {
  const tail = tailOf(5)
  const seqs = (after: number, bytesMax: number): number[] =>
    tail.after(after, bytesMax).map(({ seq }) => seq)
  expect(seqs(100, 30)).toEqual([101, 102, 103])
  expect(seqs(102, 29)).toEqual([103, 104])
  expect(seqs(102, 1)).toEqual([103])
  expect(seqs(105, 30)).toEqual([])
})

test('[LIM1] the oldest leave when there is no room, and what remains is whole', () => {
  const each = 10 + tailEntryOverheadBytes
  const tail = tailOf(1_000, 5 * each)
  expect(tail.bytes).toBe(5 * each)
  expect(tail.start).toBe(1_095)
  expect(tail.after(1_095, 1e6).map(({ seq }) => seq)).toEqual([1_096, 1_097, 1_098, 1_099, 1_100])
  expect([tail.covers(1_094), tail.checkAt(1_095), tail.checkAt(1_100)]).toEqual([false, 'c1095', 'c1100'])
})

test('an entry that is larger than all room leaves at once', () => {
  const tail = new Tail(0, 'c0', 100)
  tail.push(entry(1, 1_000))
  expect([tail.bytes, tail.covers(0), tail.covers(1), tail.checkAt(1)]).toEqual([0, false, true, 'c1'])
})
