import { runnerHere } from '../campaign.ts'

/**
 * A process that runs seeds: is sent the number of one, and answers with its run. Argument: how many times each is run.
 * Ends with the process that started it.
 */
const run = runnerHere({ times: process.argv[2] === '1' ? 1 : 2 })

process.on('message', (seed) => void answer(seed as number))
process.on('disconnect', () => process.exit())

async function answer(seed: number): Promise<void> {
  const { outcome, ...rest } = await run(seed)
  // What happened is long, and nobody asks for it where a seed is one of thousands.
  process.send?.({ ...rest, outcome: { ...outcome, story: [] } })
}
