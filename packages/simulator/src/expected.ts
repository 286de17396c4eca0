import type { Campaign } from './campaign.ts'
import { neverTrue } from './claims.ts'
import { faultNames } from './faults/draw.ts'

/** What a few hundred seeds must bring up: a fault or a branch that never comes up is not tested. */
const expectedSoon: readonly string[] = [
  ...faultNames.map((name) => `fault ${name}`),
  'abuse poison',
  'abuse forge',
  'abuse replay',
  'abuse craft',
  'stranger told update/foreign-client',
  'stranger told update/malformed',
  'stranger told update/read-only',
  'stranger told session/window-exceeded',
  'relay document-compacted',
  'relay document-recovered',
  'relay log-full',
  'relay loss-proven',
]

/** So few seeds prove nothing about what they did not bring up. */
const seedsForExpected = 200
/** So many must have taken every rare branch of the code. */
const seedsForBranches = 3000

/** What should have happened in so many seeds, and never did. */
export function neverHappened({
  seeds,
  counts,
  claims,
}: Pick<Campaign, 'seeds' | 'counts' | 'claims'>): readonly string[] {
  const expected = seeds < seedsForExpected ? [] : expectedSoon.filter((what) => !counts.has(what))
  // Where nobody counts, none are taken.
  const branches = seeds < seedsForBranches || claims.size === 0 ? [] : neverTrue(claims)
  return [...expected, ...branches.map(({ claim }) => claim)]
}
