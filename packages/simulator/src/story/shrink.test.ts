import { describe, expect, test } from 'vitest'
import { plantedBugs } from '../planted/bugs.ts'
import type { PlantedBug } from '../planted/planted-bug.ts'
import { type Outcome, simulate } from '../simulation.ts'
import { type Run, shrink } from './shrink.ts'
import { commandOf, tellSmallestStory } from './smallest-story.ts'

const seedsMax = 60
const leftMax = 12

/** One that needs a fault to show, one that needs two people, one that needs nothing but an edit. */
const quick = plantedBugs.filter(({ name }) =>
  ['ack before commit', 'presence dropped', 'cursor stored before data'].includes(name),
)

async function firstFailing(bug: PlantedBug): Promise<Outcome> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const outcome = await simulate(seed, { bug })
    if (outcome.failure !== null) return outcome
  }
  throw new Error(`not found in ${seedsMax} seeds`)
}

describe('a failing run shrinks to a short story that replays', () => {
  test.each(quick)('$name', { timeout: 60_000 }, async (bug) => {
    const failing = await firstFailing(bug)
    const run: Run = (options) => simulate(failing.seed, { ...options, bug })
    const { mask, outcome, isSmallest } = await shrink(run, failing)
    expect(isSmallest).toBe(true)
    expect(outcome.failure?.property).toBe(failing.failure?.property)
    expect(outcome.sources.acting.length + outcome.story.length).toBeLessThanOrEqual(leftMax)
    expect((await run({ mask })).hash).toBe(outcome.hash)
  })
})

test('no time left is told, and what was found so far fails as well', async () => {
  const bug = plantedBugs[0] as PlantedBug
  const failing = await firstFailing(bug)
  let runs = 0
  const shrunk = await shrink((options) => simulate(failing.seed, { ...options, bug }), failing, {
    stop: () => ++runs > 5,
  })
  expect(shrunk.isSmallest).toBe(false)
  expect(shrunk.outcome.failure?.property).toBe(failing.failure?.property)
  expect(tellSmallestStory(shrunk)).toContain(commandOf(shrunk.outcome, shrunk.mask))
})

test('a run that holds cannot be shrunk', async () => {
  const holds = await simulate(1)
  await expect(shrink(() => Promise.resolve(holds), holds)).rejects.toThrow(RangeError)
})
