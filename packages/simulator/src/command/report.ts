import type { Campaign } from '../campaign.ts'
import { neverTrue } from '../claims.ts'

/** What a campaign found, as `--report` writes it. `version` changes when a field changes its meaning. */
export interface Report {
  readonly version: 1
  /** Of the code that ran, as `git describe --always --dirty` names it; null outside a checkout. */
  readonly commit: string | null
  readonly firstSeed: number
  readonly seeds: number
  readonly runsPerSeed: number
  readonly jobs: number
  /** Of all runs. */
  readonly steps: number
  readonly stepsPerCpuMinute: number
  readonly tookMs: number
  readonly cpuMs: number
  /** Of one run of each seed, as all that follows. */
  readonly edits: number
  readonly virtualMs: number
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<string, number>>
  /** How often other things happened: events of the relay, deeds of people, rare coincidences. */
  readonly happened: Readonly<Record<string, number>>
  /** What should have happened in so many seeds and never did: the campaign has failed. */
  readonly never: readonly string[]
  /** Rare branches of the code; null when nobody counted them. */
  readonly branches: BranchReport | null
  readonly failures: readonly ReportedFailure[]
  /** The smallest story of the first failure, for people; null when there is none or it was not looked for. */
  readonly smallestStory: string | null
}

export interface BranchReport {
  /** How often each claim of `sometimes` came true. */
  readonly taken: Readonly<Record<string, number>>
  /** Those that never did, with the file that makes the claim. */
  readonly never: readonly string[]
}

export interface ReportedFailure {
  readonly seed: number
  readonly property: string
  readonly message: string
  /** The command that replays it. */
  readonly command: string
}

export interface Circumstances {
  readonly commit: string | null
  readonly firstSeed: number
  readonly runsPerSeed: number
  readonly jobs: number
  readonly tookMs: number
  readonly never: readonly string[]
  readonly smallestStory: string | null
}

const faultPrefix = 'fault '

export function reportOf(campaign: Campaign, circumstances: Circumstances): Report {
  const { seeds, steps, cpuMs, edits, virtualMs, counts, claims, failures } = campaign
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const faults = sorted.filter(([what]) => what.startsWith(faultPrefix))
  return {
    version: 1,
    ...circumstances,
    seeds,
    steps,
    stepsPerCpuMinute: Math.round((steps / cpuMs) * 60_000),
    cpuMs: Math.round(cpuMs),
    tookMs: Math.round(circumstances.tookMs),
    edits,
    virtualMs: Math.round(virtualMs),
    faults: Object.fromEntries(faults.map(([what, count]) => [what.slice(faultPrefix.length), count])),
    happened: Object.fromEntries(sorted.filter(([what]) => !what.startsWith(faultPrefix))),
    branches: claims.size === 0 ? null : branchesOf(claims),
    failures: failures.map(({ seed, property, message }) => ({
      seed,
      property,
      message,
      command: `npm run simulate -- --seed ${seed}`,
    })),
  }
}

function branchesOf(claims: ReadonlyMap<string, number>): BranchReport {
  return {
    taken: Object.fromEntries([...claims].sort(([a], [b]) => (a < b ? -1 : 1))),
    never: neverTrue(claims).map(({ claim, file }) => `${claim} (${file})`),
  }
}
