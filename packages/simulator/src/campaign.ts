import { type Failure, type Outcome, type SimulationOptions, simulate } from './simulation.ts'

export interface CampaignOptions extends SimulationOptions {
  readonly firstSeed: number
  /** How many seeds; null: until `stop` says so. */
  readonly seeds: number | null
  readonly stop?: () => boolean
  readonly onSeed?: (outcome: Outcome, soFar: Campaign) => void
}

export interface Campaign {
  readonly seeds: number
  /** Of all runs: every seed is run twice. */
  readonly steps: number
  readonly virtualMs: number
  readonly edits: number
  readonly counts: ReadonlyMap<string, number>
  /** The claims of `sometimes` that came true, and how often; empty when nobody counts. */
  readonly claims: ReadonlyMap<string, number>
  readonly failures: readonly (Failure & { readonly seed: number })[]
}

/** Runs seed after seed, each twice: what differs between two runs of one seed could not be replayed. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const counts = new Map<string, number>()
  const failures: (Failure & { readonly seed: number })[] = []
  const claims = new Map<string, number>()
  const soFar = { seeds: 0, steps: 0, virtualMs: 0, edits: 0, counts, claims, failures }
  for (let seed = options.firstSeed; options.seeds === null || soFar.seeds < options.seeds; seed++) {
    if (options.stop?.()) break
    const outcome = await runTwice(seed, options)
    soFar.seeds++
    soFar.steps += outcome.steps * 2
    soFar.virtualMs += outcome.virtualMs
    soFar.edits += outcome.edits
    addCounts(counts, outcome.counts)
    addCounts(claims, outcome.claims ?? [])
    if (outcome.failure !== null) failures.push({ seed, ...outcome.failure })
    options.onSeed?.(outcome, soFar)
  }
  return soFar
}

function addCounts(sums: Map<string, number>, counts: Iterable<readonly [string, number]>): void {
  for (const [what, count] of counts) sums.set(what, (sums.get(what) ?? 0) + count)
}

/** One seed, run twice; a failure of either run, or that they differ, is the outcome's failure. */
export async function runTwice(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const first = await simulate(seed, options)
  // All that can differ shows in the trace: the second run need not be judged again.
  const second = await simulate(seed, { ...options, watches: false })
  if (first.failure !== null || first.hash === second.hash) return first
  const message = `two runs gave ${first.hash} after ${first.steps} steps and ${second.hash} after ${second.steps}`
  return {
    ...first,
    failure: second.failure ?? { property: 'determinism', message, configuration: [], trace: [] },
  }
}

/** What to tell somebody who must find out why. */
export function explainFailure({
  seed,
  property,
  message,
  configuration,
  trace,
}: Failure & { seed: number }): string {
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
