import { writeFileSync } from 'node:fs'
import { type Campaign, runCampaign, runnerHere } from '../campaign.ts'
import { neverHappened } from '../expected.ts'
import type { Outcome } from '../simulation.ts'
import { nothingMasked } from '../story/mask.ts'
import type { CampaignCommand } from './arguments.ts'
import { commitOf } from './commit.ts'
import { explain, smallestStoryOf } from './one-seed.ts'
import { createProgress } from './progress.ts'
import { reportOf } from './report.ts'
import { summarise } from './summary.ts'
import { startWorker, type Worker } from './workers.ts'

/** Runs seed after seed, tells how it goes, and what came of it. Resolves with whether everything holds. */
export async function runMany(command: CampaignCommand, print: (text: string) => void): Promise<boolean> {
  const { firstSeed, seeds, minutes, jobs, once, report: file, shrinks } = command
  const times = once ? 1 : 2
  const startMs = performance.now()
  const elapsedMs = (): number => performance.now() - startMs
  const write = (text: string): void => void process.stdout.write(text)
  const progress = createProgress({ elapsedMs, write, isTerminal: process.stdout.isTTY, seeds, minutes })
  const interrupted = onInterrupt()
  let first: Outcome | null = null

  function seedDone(outcome: Outcome, soFar: Campaign): void {
    progress.told(soFar)
    if (outcome.failure === null) return
    first ??= outcome
    progress.clear()
    print(`\n${explain(outcome)}\n`)
  }

  const workers = jobs === 1 ? [] : Array.from({ length: jobs }, () => startWorker(times))
  const campaign = await runCampaign({
    firstSeed,
    seeds,
    stop: () => interrupted() || (minutes !== null && elapsedMs() > minutes * 60_000),
    onSeed: seedDone,
    runners: jobs === 1 ? [runnerHere({ times })] : workers.map(({ run }) => run),
  }).finally(() => closeAll(workers))
  progress.clear()
  const tookMs = elapsedMs()
  const smallestStory = shrinks && first !== null ? await smallestStoryOf(first, nothingMasked) : null
  const never = neverHappened(campaign)
  const report = reportOf(campaign, {
    commit: commitOf(),
    firstSeed,
    runsPerSeed: times,
    jobs,
    tookMs,
    never,
    smallestStory,
  })
  if (smallestStory !== null) print(smallestStory)
  print(summarise(report))
  if (file !== null) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  return campaign.failures.length === 0 && never.length === 0
}

function closeAll(workers: readonly Worker[]): void {
  for (const worker of workers) worker.close()
}

/** The first Ctrl-C ends the campaign as if its time were up; the second ends the process. */
function onInterrupt(): () => boolean {
  let interrupted = false
  process.once('SIGINT', () => {
    interrupted = true
  })
  return () => interrupted
}
