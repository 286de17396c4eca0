import { expect, test } from 'vitest'
import { entriesOf, firstDamaged, pageOf } from './page.ts'
import type { EntryRow } from './rows.ts'
import { entryCrc, markOf } from './rows.ts'

const document = 7
const after = 2 ** 33

function rowOf(at: number, text: string, author: string, time: number): EntryRow {
  const seq = after + 1 + at
  const mark = markOf(String(at).repeat(32))
  const [authorBytes, body] = [Buffer.from(author), Buffer.from(text)]
  const crc = entryCrc(document, seq, time, mark, authorBytes, body)
  return { seq, crc, time, author: authorBytes, mark, body }
}

const rows = [
  rowOf(0, 'one', 'anna', 1.5),
  rowOf(1, '', '', 0),
  rowOf(2, 'three', 'Zoë 😀', -0.25),
  rowOf(3, 'four', 'Zoë 😀', 2 ** 41),
]

test('a page says what its rows say', () => {
  expect(firstDamaged(pageOf(rows), document, after)).toBeNull()
  expect(entriesOf(pageOf(rows))).toEqual(
    rows.map(({ seq, time, author, body }, at) => ({
      seq,
      check: String(at).repeat(32),
      update: new Uint8Array(body),
      author: author.toString(),
      timeMs: time,
    })),
  )
  expect(entriesOf(pageOf([]))).toEqual([])
})

test.each<readonly [string, Partial<EntryRow>]>([
  ['another seq', { seq: after + 9 }],
  ['another checksum', { crc: 1 }],
  ['another time', { time: 3 }],
  ['another author', { author: Buffer.from('bert') }],
  ['another mark', { mark: Buffer.alloc(16) }],
  ['a shorter mark', { mark: Buffer.alloc(3) }],
  ['another update', { body: Buffer.from('thre3') }],
  ['a shorter update', { body: Buffer.from('th') }],
])('[FAIL3] %s is damage, of that entry and no other', (_name, damage) => {
  const damaged = rows.map((row, at) => (at === 2 ? { ...row, ...damage } : row))
  expect(firstDamaged(pageOf(damaged), document, after)).toBe(after + 3)
})

test('[FAIL3] entries that are missing, or of another document, are damage', () => {
  expect(firstDamaged(pageOf(rows.slice(1)), document, after)).toBe(after + 1)
  expect(firstDamaged(pageOf([rows[0]!, rows[2]!]), document, after)).toBe(after + 2)
  expect(firstDamaged(pageOf(rows), document + 1, after)).toBe(after + 1)
})

test.each([
  ['lengths beyond the bytes', (heads: Float64Array) => heads.fill(2 ** 40, 4, 5)],
  ['no numbers', (heads: Float64Array) => heads.fill(Number.NaN)],
  ['half a head', (heads: Float64Array) => heads.subarray(0, 3)],
])('[FAIL3] %s are damage', (_name, damage) => {
  const { heads, bytes } = pageOf(rows)
  expect(firstDamaged({ heads: damage(heads), bytes }, document, after)).toBe(after + 1)
})
