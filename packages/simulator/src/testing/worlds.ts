import { explainFailure, runCampaign } from '../campaign.ts'
import { neverHappened } from '../expected.ts'

/** So many seeds run in one process; as many in another beside it, by a test file of its own. */
export const worldsPerFile = 150

/** All that is wrong with `worldsPerFile` seeds, each run twice: violations, and what never came up. */
export async function wrongInWorlds(firstSeed: number): Promise<readonly string[]> {
  const campaign = await runCampaign({ firstSeed, seeds: worldsPerFile })
  return [...campaign.failures.map(explainFailure), ...neverHappened(campaign)]
}
