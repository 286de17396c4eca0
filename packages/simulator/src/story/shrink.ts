import type { Failure, Outcome, SimulationOptions } from '../simulation.ts'
import { type Mask, type Named, nothingMasked } from './mask.ts'
import { minimise } from './minimise.ts'

/** Runs the seed once under a mask. */
export type Run = (options: SimulationOptions) => Promise<Outcome>

export interface ShrinkOptions {
  /** Under which `failing` ran. */
  readonly mask?: Mask
  /** Asked before each run; true: there is no more time. */
  readonly stop?: () => boolean
}

export interface Shrunk {
  readonly mask: Mask
  /** Of the run under `mask`: its failure breaks the same property, its story is told with the lines of each happening. */
  readonly outcome: Outcome
  readonly runs: number
  /** Nothing more can be left out; false: there was no time to find out. */
  readonly isSmallest: boolean
}

/**
 * Leaves out ever more of a failing run while it goes on breaking the same property:
 *
 *     shorter first phase ─▶ sources (faults, people, documents, conditions) ─▶ single strikes and deeds ─┐
 *              ▲                                                                                          │
 *              └──────────────────── as long as something could be left out ◀─────────────────────────────┘
 */
export async function shrink(
  run: Run,
  failing: Outcome,
  { mask = nothingMasked, stop = () => false }: ShrinkOptions = {},
): Promise<Shrunk> {
  const { failure } = failing
  if (failure === null) throw new RangeError('a seed that holds cannot be shrunk')
  let smallest = { mask, outcome: failing }
  let runs = 0
  let outOfTime = false

  async function isSame(candidate: Mask): Promise<boolean> {
    outOfTime ||= stop()
    if (outOfTime) return false
    runs++
    const outcome = await run({ mask: candidate })
    if (!isSameFailure(failure as Failure, outcome.failure)) return false
    smallest = { mask: candidate, outcome }
    return true
  }

  for (let before = Number.POSITIVE_INFINITY; sizeOf(smallest.outcome) < before; ) {
    before = sizeOf(smallest.outcome)
    await shortenFirstPhase(smallest.outcome, (faultsMs) => isSame({ ...smallest.mask, faultsMs }))
    const { faultsMs } = smallest.mask
    const only = (named: ReadonlyMap<string, Named>): Promise<boolean> =>
      isSame({ kind: 'only', named, faultsMs })
    const all = namedBy(smallest.outcome)
    await minimise([...all.keys()], (sources) => only(pick(all, sources)))
    const { sources } = smallest.outcome
    await minimise(smallest.outcome.story, (kept) => only(namedBy({ sources, story: kept })))
  }
  const outcome = await run({ mask: smallest.mask, readsStory: true })
  return { mask: smallest.mask, outcome, runs, isSmallest: !outOfTime }
}

/** Tries the shortest first. */
async function shortenFirstPhase(
  { faultsMs }: Outcome,
  isSame: (faultsMs: number) => Promise<boolean>,
): Promise<void> {
  for (const part of phaseParts) {
    if (await isSame(Math.ceil(faultsMs * part))) return
  }
}

const phaseParts = [0.1, 0.25, 0.5, 0.75, 0.9]

/** How much is left: of sources, and of what they do. */
function sizeOf({ sources, story }: Outcome): number {
  return sources.fixed.length + sources.acting.length + story.length
}

/** Names what a run was made of: the same run again, with nothing in it that did not happen. */
function namedBy({ sources, story }: Pick<Outcome, 'sources' | 'story'>): ReadonlyMap<string, Named> {
  const acts = new Map<string, Set<number>>(sources.acting.map((source) => [source, new Set()]))
  for (const { source, ordinal } of story) acts.set(source, (acts.get(source) ?? new Set()).add(ordinal))
  return new Map<string, Named>([...sources.fixed.map((source) => [source, 'all'] as const), ...acts])
}

function pick(all: ReadonlyMap<string, Named>, sources: readonly string[]): ReadonlyMap<string, Named> {
  return new Map([...all].filter(([source]) => sources.includes(source)))
}

/** An exception is the same when it says the same, whatever numbers it names. */
function isSameFailure(before: Failure, after: Failure | null): boolean {
  if (before.property !== after?.property) return false
  return before.property !== 'exception' || gist(before) === gist(after)
}

function gist({ message }: Failure): string {
  return (message.split('\n')[0] ?? '').replace(/\d+/g, '#')
}
