import type { Outcome } from '../simulation.ts'
import { formatLine, withoutTime } from '../world/timeline.ts'
import type { TraceLine } from '../world/trace.ts'
import { formatNamed, type Mask } from './mask.ts'
import type { Shrunk } from './shrink.ts'
import type { Happening } from './story.ts'

/** A shrunk failure, for whoever must find out why: what is left, what happens, what comes of it. */
export function tellSmallestStory({ mask, outcome, runs, isSmallest }: Shrunk): string {
  const { failure, story, seed } = outcome
  const kept = isSmallest ? 'smallest story' : 'a smaller story, for want of time not the smallest,'
  return [
    `${kept} of seed ${seed} after ${runs} runs: ${failure?.message ?? 'holds'}`,
    '',
    ...(failure?.configuration ?? []).map((line) => `  ${line}`),
    '',
    ...story.flatMap(tellHappening),
    '',
    'its last events:',
    ...(failure?.trace ?? []).slice(-linesMax),
    '',
    `replay it: ${commandOf(outcome, mask)} --trace`,
  ].join('\n')
}

/** The command that runs exactly this again. */
export function commandOf({ seed }: Outcome, { kind, named, faultsMs }: Mask): string {
  const masked = kind === 'without' && named.size === 0 ? '' : ` --${kind} '${formatNamed(named)}'`
  return `npm run simulate -- --seed ${seed}${masked}${faultsMs === null ? '' : ` --until ${faultsMs}`}`
}

const linesMax = 30

function tellHappening({ source, ordinal, timeMs, lines }: Happening): readonly string[] {
  const [first = '', ...rest] = lines
    .filter((line) => !isNamed(line))
    .map((line) => withoutTime(formatLine(line)))
  const head = `${timeMs.toFixed(3).padStart(11)} ${`${source}#${ordinal}`.padEnd(sourceWidth)} ${first}`
  return [head.trimEnd(), ...rest.map((line) => `${' '.repeat(12 + sourceWidth)} ${line}`)]
}

const sourceWidth = 18

/** That a fault strikes, the happening's own name says. */
function isNamed({ actor }: TraceLine): boolean {
  return actor === 'fault'
}
