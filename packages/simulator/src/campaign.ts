import { type Failure, type Outcome, type SimulationOptions, simulate } from './simulation.ts'

export interface CampaignOptions extends SimulationOptions {
  readonly firstSeed: number
  /** How many seeds; null: until `stop` says so. */
  readonly seeds: number | null
  readonly stop?: () => boolean
  /** Awaited before the next seed of the same runner. */
  readonly onSeed?: (outcome: Outcome, soFar: Campaign) => void | Promise<void>
  /** Who runs the seeds, each one after the other; one that runs each twice in this process unless given. */
  readonly runners?: readonly RunSeed[]
}

/** Runs one seed, once or twice. */
export type RunSeed = (seed: number) => Promise<SeedRun>

export interface SeedRun {
  readonly outcome: Outcome
  readonly runs: number
  /** Processor time of all runs. */
  readonly cpuMs: number
}

export interface Campaign {
  readonly seeds: number
  /** Of all runs. */
  readonly steps: number
  readonly cpuMs: number
  /** Of one run of each seed, as all that follows. */
  readonly virtualMs: number
  readonly edits: number
  readonly counts: ReadonlyMap<string, number>
  /** The claims of `sometimes` that came true, and how often; empty when nobody counts. */
  readonly claims: ReadonlyMap<string, number>
  readonly failures: readonly FailedSeed[]
}

export interface FailedSeed extends Failure {
  readonly seed: number
}

/** Runs seed after seed: the same ones with the same outcomes, whoever runs them. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { firstSeed, seeds, stop, onSeed } = options
  const counts = new Map<string, number>()
  const claims = new Map<string, number>()
  const failures: FailedSeed[] = []
  const soFar = { seeds: 0, steps: 0, cpuMs: 0, virtualMs: 0, edits: 0, counts, claims, failures }
  let next = firstSeed

  function take(): number | null {
    if (stop?.() === true || (seeds !== null && next >= firstSeed + seeds)) return null
    return next++
  }

  async function runAll(run: RunSeed): Promise<void> {
    for (let seed = take(); seed !== null; seed = take()) {
      const { outcome, runs, cpuMs } = await run(seed)
      soFar.seeds++
      soFar.steps += outcome.steps * runs
      soFar.cpuMs += cpuMs
      soFar.virtualMs += outcome.virtualMs
      soFar.edits += outcome.edits
      addCounts(counts, outcome.counts)
      addCounts(claims, outcome.claims ?? [])
      if (outcome.failure !== null) failures.push({ seed, ...outcome.failure })
      await onSeed?.(outcome, soFar)
    }
  }

  await Promise.all((options.runners ?? [runnerHere({ times: 2, ...options })]).map(runAll))
  failures.sort((a, b) => a.seed - b.seed)
  return soFar
}

function addCounts(sums: Map<string, number>, counts: Iterable<readonly [string, number]>): void {
  for (const [what, count] of counts) sums.set(what, (sums.get(what) ?? 0) + count)
}

/** Runs seeds in this process. */
export function runnerHere({ times, ...options }: SimulationOptions & { times: 1 | 2 }): RunSeed {
  return async (seed) => {
    const before = process.cpuUsage()
    const outcome = await (times === 1 ? simulate : runTwice)(seed, options)
    const { user, system } = process.cpuUsage(before)
    return { outcome, runs: times, cpuMs: (user + system) / 1000 }
  }
}

/**
 * One seed, run twice: what differs between two runs of one seed could not be replayed. A failure of either run, or that
 * they differ, is the outcome's failure.
 */
export async function runTwice(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const first = await simulate(seed, options)
  const second = await simulate(seed, options)
  if (first.failure !== null) return first
  if (second.failure === null && first.hash === second.hash && sameClaims(first, second)) return first
  const message = `two runs gave ${first.hash} after ${first.steps} steps and ${second.hash} after ${second.steps}`
  return {
    ...first,
    failure: second.failure ?? { property: 'determinism', message, configuration: [], trace: [] },
  }
}

/** Empty when nobody counts. */
function sameClaims({ claims: first }: Outcome, { claims: second }: Outcome): boolean {
  const [one, other] = [first ?? new Map<string, number>(), second ?? new Map<string, number>()]
  return one.size === other.size && [...one].every(([claim, count]) => other.get(claim) === count)
}

/** What to tell somebody who must find out why. */
export function explainFailure({ seed, property, message, configuration, trace }: FailedSeed): string {
  return [
    `seed ${seed} fails: ${message.startsWith(property) ? message : `${property}: ${message}`}`,
    '',
    ...configuration.map((line) => `  ${line}`),
    '',
    ...trace,
    '',
    `replay it: npm run simulate -- --seed ${seed} --trace`,
  ].join('\n')
}
