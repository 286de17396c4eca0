import type { Cursor } from '@tidemark/base'
import { expect, test } from 'vitest'
import { decideResume } from './resume.ts'

const check = 'c'.repeat(32)
const other = 'd'.repeat(32)
const cursor = (seq: number): Cursor => ({ lineage: 'l', seq, check })
const log = (issued: boolean) => ({ lineage: 'l', head: 20, floor: 10, issued: () => issued })

test.each([
  ['no cursor', null, true, null, { kind: 'snapshot' }],
  ['at the head', cursor(20), true, check, { kind: 'tail', after: 20 }],
  ['at the floor', cursor(10), true, check, { kind: 'tail', after: 10 }],
  [
    'below the floor, though it was once right',
    cursor(9),
    true,
    check,
    { kind: 'resync', lossProven: false },
  ],
  ['below the floor, forgotten', cursor(9), true, null, { kind: 'resync', lossProven: false }],
  ['another past, issued by this log', cursor(15), true, other, { kind: 'resync', lossProven: true }],
  ['another past, not issued here', cursor(15), false, other, { kind: 'resync', lossProven: false }],
  ['beyond the head, issued by this log', cursor(21), true, null, { kind: 'resync', lossProven: true }],
  ['beyond the head, invented', cursor(21), false, null, { kind: 'resync', lossProven: false }],
  ['another lineage', { ...cursor(15), lineage: 'm' }, true, check, { kind: 'other-lineage' }],
])('[R3] a cursor: %s', (_, at, issued, checkAt, expected) => {
  expect(decideResume(at, log(issued), checkAt)).toMatchObject(expected)
})
