import { expect, it } from 'vitest'
import { againstBestPeer, atMost, atMostTimes, type Results } from './target.ts'

/** Rounds of the figure `f` of the case `c`, by system. */
function results(rounds: Record<string, readonly number[]>): Results {
  return { values: ({ case: id, system, figure }) => (id === 'c' && figure === 'f' && rounds[system]) || [] }
}

const of = { text: '', case: 'c', figure: 'f' }

it.each([
  [[1, 2, 3], 'met'],
  [[1, 2, 5], 'unclear'],
  [[4, 5, 6], 'missed'],
  [[], 'unclear'],
])('of rounds %j at most 3 is %s', (own, verdict) => {
  expect(atMost({ ...of, limit: 3 }).judge(results({ tidemark: own })).verdict).toBe(verdict)
})

it('ratios are made within a round, and their median is told', () => {
  const judged = atMostTimes({ ...of, limit: 0.6, than: 'bare' }).judge(
    results({ tidemark: [10, 30, 100], bare: [20, 60, 1_000] }),
  )
  expect(judged).toEqual({ value: 0.5, limit: 0.6, verdict: 'met' })
})

it.each([
  ['lowest', [3], { 'hocuspocus-3': [4], 'hocuspocus-4': [6] }, 0.75],
  ['highest', [300], { 'y-websocket': [200], 'hocuspocus-4': [150] }, 2 / 3],
] as const)('the best peer is the one with the %s figure', (best, tidemark, peers, value) => {
  const judged = againstBestPeer({ ...of, limit: 1, best }).judge(results({ tidemark, ...peers }))
  expect(judged).toEqual({ value, limit: 1, verdict: 'met' })
})

it('without a peer nothing is won', () => {
  expect(againstBestPeer({ ...of, limit: 1, best: 'lowest' }).judge(results({ tidemark: [1] })).verdict).toBe(
    'unclear',
  )
})
