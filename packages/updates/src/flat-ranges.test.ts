import { describe, expect, test } from 'vitest'
import { addRanges, type FlatRanges, findRun, subtractInto } from './flat-ranges.ts'
import type { ClientRange } from './ranges.ts'
import { below, createRandom } from './testing/index.ts'

function add(ranges: FlatRanges, ...added: [start: number, end: number][]): FlatRanges {
  const byClient = new Map([[1, ranges]])
  addRanges(
    byClient,
    added.map(([start, end]) => ({ client: 1, clock: start, length: end - start })),
  )
  return byClient.get(1) ?? []
}

describe('adding', () => {
  test.each([
    ['into nothing', [], [3, 5], [3, 5]],
    ['before', [10, 12], [3, 5], [3, 5, 10, 12]],
    ['behind', [1, 2], [3, 5], [1, 2, 3, 5]],
    ['touching the one before', [1, 3], [3, 5], [1, 5]],
    ['touching the one behind', [5, 7], [3, 5], [3, 7]],
    ['between two, touching both', [1, 3, 5, 7], [3, 5], [1, 7]],
    ['over several', [1, 2, 4, 5, 7, 9], [0, 8], [0, 9]],
    ['what is there', [1, 9], [3, 5], [1, 9]],
    ['at 0', [2, 3], [0, 1], [0, 1, 2, 3]],
  ] as [string, FlatRanges, [number, number], FlatRanges][])('%s', (_, before, added, after) => {
    expect(add([...before], added)).toEqual(after)
  })
})

/** Runs of a set of clocks, the slow way. */
function runsOf(clocks: ReadonlySet<number>): FlatRanges {
  const runs: FlatRanges = []
  for (const clock of [...clocks].sort((a, b) => a - b)) {
    if (runs.at(-1) === clock) runs[runs.length - 1] = clock + 1
    else runs.push(clock, clock + 1)
  }
  return runs
}

function randomRanges(random: () => number, count: number): ClientRange[] {
  const ranges: ClientRange[] = []
  for (let clock = below(random, 9); ranges.length < count; clock += 1 + below(random, 9)) {
    const length = 1 + below(random, 4)
    ranges.push({ client: 1, clock, length })
    clock += length - 1
  }
  return ranges
}

test('any ranges, few or many at a time, give the runs of the union; subtracting gives what was missing', () => {
  const random = createRandom(1)
  for (let round = 0; round < 100; round++) {
    const byClient = new Map<number, FlatRanges>()
    const clocks = new Set<number>()
    for (let step = 0; step < 8; step++) {
      const added = randomRanges(random, 1 + below(random, 20))
      const missing: ClientRange[] = []
      for (const range of added) subtractInto(missing, range, byClient.get(1) ?? [])
      addRanges(byClient, added)
      const spelled = (ranges: readonly ClientRange[]) =>
        ranges.flatMap(({ clock, length }) => Array.from({ length }, (_, i) => clock + i))
      expect(spelled(missing)).toEqual(spelled(added).filter((clock) => !clocks.has(clock)))
      for (const clock of spelled(added)) clocks.add(clock)
      expect(byClient.get(1)).toEqual(runsOf(clocks))
    }
  }
})

test('ranges of several clients go to their clients', () => {
  const byClient = new Map<number, FlatRanges>()
  const range = (client: number, clock: number) => ({ client, clock, length: 1 })
  addRanges(byClient, [range(9, 0), range(9, 2), range(4, 1)])
  expect(byClient).toEqual(
    new Map([
      [9, [0, 1, 2, 3]],
      [4, [1, 2]],
    ]),
  )
})

test('the run at or behind a clock is found', () => {
  const ranges = [2, 4, 6, 8]
  expect([0, 2, 3, 4, 7, 8].map((clock) => findRun(ranges, clock))).toEqual([0, 0, 0, 2, 2, 4])
})
