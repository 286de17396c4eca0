import { describe, expect, test } from 'vitest'
import { explainFailure, runCampaign } from './campaign.ts'
import { plantedBugs } from './planted/bugs.ts'
import { simulate } from './simulation.ts'

const seeds = 200

test(`[S1] [S2] [S3] [S6] [L1] [L2] hold in ${seeds} worlds, and each gives the same trace twice`, {
  timeout: 120_000,
}, async () => {
  const campaign = await runCampaign({ firstSeed: 1, seeds })
  expect(campaign.failures.map(explainFailure)).toEqual([])
  // A fault or a branch that never comes up is not tested.
  const never = expectedToHappen.filter((what) => !campaign.counts.has(what))
  expect(never).toEqual([])
})

const expectedToHappen = [
  'fault cut',
  'fault stall',
  'fault half-open',
  'fault isolate',
  'fault relay crash',
  'fault relay pause',
  'fault tab kill',
  'fault tab freeze',
  'fault clock jump',
  'fault disk full',
  'fault older copy put back',
  'fault store fails',
  'relay document-compacted',
  'relay document-recovered',
  'relay log-full',
  'relay loss-proven',
]

describe('the checkers see', () => {
  test.each(plantedBugs)('a planted bug: $name', { timeout: 60_000 }, async (bug) => {
    for (let seed = 1; seed <= seedsToFind; seed++) {
      const { failure } = await simulate(seed, { bug })
      if (failure === null) continue
      expect(bug.breaks, failure.message).toContain(failure.property)
      return
    }
    expect.fail(`not found in ${seedsToFind} seeds`)
  })
})

const seedsToFind = 60
