import { createKnown } from '@tidemark/updates'
import { expect, test } from 'vitest'
import { decodeSummary, encodeSummary } from './summary.ts'

const digest = new Uint8Array(32).fill(7)

test('a summary survives the log', () => {
  const known = createKnown()
  known.clocks.set(7, 100)
  known.clocks.set(2 ** 53 - 1, 1)
  known.deleted.set(7, [3, 5, 10, 20])
  const owners = new Map<number, string | null>([
    [7, 'alice'],
    [8, null],
    [9, 'bob'],
    [2 ** 53 - 1, 'alice'],
  ])
  expect(decodeSummary(encodeSummary({ known, owners, digest }))).toEqual({ known, owners, digest })
})

test('the bytes of a released format are read for ever', () => {
  // version 1; known: version 1, one client 7 with clock 5, no deletions; digest; principals: alice; owners: 7 is hers.
  const golden = [1, 5, 1, 1, 7, 5, 0, ...digest, 1, 5, 97, 108, 105, 99, 101, 1, 7, 1]
  const summary = decodeSummary(Uint8Array.from(golden))
  expect([...summary.known.clocks]).toEqual([[7, 5]])
  expect([...summary.owners]).toEqual([[7, 'alice']])
  expect([...encodeSummary(summary)]).toEqual(golden)
})

test.each([
  ['nothing', []],
  ['another version', [2]],
  ['an end in the middle', [1, 5, 1, 1, 7]],
  ['an owner that is not listed', [1, 5, 1, 1, 7, 5, 0, ...digest, 0, 1, 7, 1]],
])('[FAIL3] %s is no summary', (_, bytes) => {
  expect(() => decodeSummary(Uint8Array.from(bytes))).toThrow(
    expect.objectContaining({ code: 'log/corrupt' }),
  )
})
