import { readFileSync } from 'node:fs'
import { median } from './measure/samples.ts'
import type { Figures } from './scenarios/scenario.ts'
import type { Results } from './scenarios/target.ts'
import type { SystemId } from './systems/system.ts'

/** One trial's outcome. */
export interface TrialResult {
  readonly scenario: string
  readonly case: string
  readonly system: SystemId
  readonly round: number
  /** null: the trial failed; `error` says how. */
  readonly figures: Figures | null
  readonly error?: string
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly platform: string
  /** Whether the recorded traces were used; else generated ones of the same shape. */
  readonly recordedTraces: boolean
}

/** What a run leaves behind: all that the report says comes from it. */
export interface RunFile {
  readonly machine: Machine
  readonly small: boolean
  readonly trials: readonly TrialResult[]
}

export function readRun(file: string): RunFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunFile
  } catch {
    return null
  }
}

/** A later run replaces what it measured anew, case by case. */
export function mergeRuns(earlier: RunFile | null, later: RunFile): RunFile {
  if (earlier === null || earlier.small !== later.small) return later
  if (later.trials.length === 0) return earlier
  const nameOf = (trial: TrialResult): string => `${trial.scenario} ${trial.case}`
  const anew = new Set(later.trials.map(nameOf))
  return {
    ...later,
    trials: [...earlier.trials.filter((trial) => !anew.has(nameOf(trial))), ...later.trials],
  }
}

/** One scenario's results, for its targets. */
export function resultsOf(trials: readonly TrialResult[], scenario: string): Results {
  return {
    values: ({ case: id, system, figure }) =>
      trials
        .filter((trial) => trial.scenario === scenario && trial.case === id && trial.system === system)
        .toSorted((a, b) => a.round - b.round)
        .map(({ figures }) => figures?.[figure] ?? Number.NaN),
  }
}

/** The median over the rounds; NaN when that was not measured. */
export function medianOf(results: Results, id: string, system: SystemId, figure: string): number {
  return median(results.values({ case: id, system, figure }).filter((value) => !Number.isNaN(value)))
}
