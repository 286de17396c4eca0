import { explainFailure, runTwice } from '../campaign.ts'
import { configurationOf, type Outcome, type SimulationOptions, simulate } from '../simulation.ts'
import { unknownIn } from '../story/left.ts'
import type { Mask } from '../story/mask.ts'
import { shrink } from '../story/shrink.ts'
import { tellSmallestStory } from '../story/smallest-story.ts'
import { concerns, formatLine, isFault, isIdle } from '../world/timeline.ts'
import type { TraceLine } from '../world/trace.ts'
import type { SeedCommand } from './arguments.ts'
import { commitOf } from './commit.ts'

/** `--only` or `--without` names what the seed does not have. */
export class UnknownSource extends Error {}

/**
 * Runs one seed, or what is left of it. Resolves with whether it holds.
 *
 * @throws UnknownSource
 */
export async function runOne(command: SeedCommand, print: (text: string) => void): Promise<boolean> {
  const { seed, mask, trace, shrinks } = command
  const unknown = unknownIn(mask, configurationOf(seed))
  if (unknown.length > 0) throw new UnknownSource(`seed ${seed} has no ${unknown.join(', ')}`)
  const outcome = await (trace === null
    ? runTwice(seed, { mask })
    : simulate(seed, { mask, onLine: printing(trace, print) }))
  if (outcome.failure === null) {
    const { hash, steps, edits, virtualMs } = outcome
    const virtualS = (virtualMs / 1000).toFixed(0)
    print(`seed ${seed} holds: ${steps} steps, ${edits} edits, ${virtualS} s of virtual time, hash ${hash}`)
    return true
  }
  print(explain(outcome))
  if (shrinks) print(`\n${await smallestStoryOf(outcome, mask)}`)
  return false
}

/** What failed, how to see it again, and at which code. */
export function explain({ seed, failure }: Outcome): string {
  if (failure === null) throw new RangeError('it holds')
  const commit = commitOf()
  return `${explainFailure({ seed, ...failure })}${commit === null ? '' : `\nat commit ${commit}`}`
}

const shrinkMsMax = 60_000

/** Shrinks a failing run for at most a minute, and tells what is left. */
export async function smallestStoryOf(failing: Outcome, mask: Mask): Promise<string> {
  const { seed, failure } = failing
  // Whether two runs differ, only two runs can show.
  const runs = failure?.property === 'determinism' ? runTwice : simulate
  const run = (options: SimulationOptions): Promise<Outcome> => runs(seed, options)
  const endMs = performance.now() + shrinkMsMax
  return tellSmallestStory(await shrink(run, failing, { mask, stop: () => performance.now() > endMs }))
}

function printing(
  { actors, all }: { actors: readonly string[]; all: boolean },
  print: (text: string) => void,
): (line: TraceLine) => void {
  return (line) => {
    if (actors.length > 0 && !concerns(line, actors) && !isFault(line)) return
    if (all || !isIdle(line)) print(formatLine(line))
  }
}
