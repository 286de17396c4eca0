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
  'abuse stock poison',
  'abuse stock forge',
  'abuse stock impersonate',
  'stranger told update/foreign-client',
  'stranger told update/malformed',
  'stranger told update/read-only',
  'stranger told session/window-exceeded',
  'relay document-compacted',
  'relay document-recovered',
  'relay log-full',
  'relay loss-proven',
]

/** Of the rare branches those that are not so rare: each comes up in one seed of three or more. */
const branchesSoon: readonly string[] = [
  'a cursor is older than what is in memory, or of another past',
  'a document at rest gets a second snapshot behind its latest',
  'a document grows while it is compacted',
  'a document is opened that was about to leave memory',
  'a message waits for a snapshot to be expanded',
  'a push is durable before its author has read so far',
  'a push repeats what may not be durable yet',
  'a reader does not keep up',
  'a reader is further behind than what is in memory',
  'a relay is given all that it lacks at once',
  'a session begins with a resync',
  'a turn makes more than fits, and the socket takes it at once',
  'a write to the device fails',
  'an edit waits for room in the window',
  'an update is cut because the log has a part of it',
  'an update refers to what the log does not have',
  'deletions are left out because the log has them',
  'edits are refused for now',
  'entries are cut off because snapshots stand for them',
  'frames under way are lost with their connection',
  'more is pushed than may wait for the log',
  'one turn makes durable what several have written',
  'presence in a crowd is told a little later, with what follows',
  'presence waits for a reader that is full or busy',
  'several sessions wait for one document to be loaded',
  'something is refused because the disk is full',
  'the device is ahead of the tab that writes',
]

/** So few seeds prove nothing about what they did not bring up. */
const seedsForExpected = 150
/** So many must have taken every rare branch of the code. */
const seedsForBranches = 3000

/** What should have happened in so many seeds, and never did. */
export function neverHappened({
  seeds,
  counts,
  claims,
}: Pick<Campaign, 'seeds' | 'counts' | 'claims'>): readonly string[] {
  const expected = seeds < seedsForExpected ? [] : expectedSoon.filter((what) => !counts.has(what))
  return [...expected, ...branchesNeverTaken(seeds, claims)]
}

function branchesNeverTaken(seeds: number, claims: ReadonlyMap<string, number>): readonly string[] {
  // Where nobody counts, none are taken.
  if (seeds < seedsForExpected || claims.size === 0) return []
  if (seeds >= seedsForBranches) return neverTrue(claims).map(({ claim }) => claim)
  return branchesSoon.filter((claim) => !claims.has(claim))
}
