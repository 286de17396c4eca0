import type { Cursor } from '@tidemark/base'
import type { Judgement } from '@tidemark/log'
import { expect, test } from 'vitest'
import { decideResume } from './resume.ts'

const cursor = (seq: number): Cursor => ({ lineage: 'l', seq, check: 'c'.repeat(32) })
const log = { lineage: 'l', floor: 10 }

test.each<[string, Cursor, Judgement, object]>([
  ['above the floor', cursor(15), 'held', { kind: 'tail', after: 15 }],
  ['at the floor', cursor(10), 'held', { kind: 'tail', after: 10 }],
  ['below the floor, of this history', cursor(9), 'held', { kind: 'overtaken' }],
  ['below the floor, of a history that was lost', cursor(9), 'lost', { kind: 'resync', lossProven: true }],
  ['of a history that was lost', cursor(15), 'lost', { kind: 'resync', lossProven: true }],
  ['invented', cursor(15), 'unknown', { kind: 'resync', lossProven: false }],
  ['invented, below the floor', cursor(9), 'unknown', { kind: 'resync', lossProven: false }],
  ['another lineage', { ...cursor(15), lineage: 'm' }, 'held', { kind: 'other-lineage' }],
])('[R3] a cursor: %s', (_, at, judgement, expected) => {
  expect(decideResume(at, log, judgement)).toMatchObject(expected)
})
