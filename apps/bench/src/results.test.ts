import { expect, it } from 'vitest'
import { medianOf, mergeRuns, type RunFile, resultsOf, type TrialResult } from './results.ts'

const machine = { cpu: '', cores: 1, memoryGb: 1, node: '', platform: '', recordedTraces: false }

function trial(scenario: string, round: number, value: number): TrialResult {
  return { scenario, case: 'c', system: 'bare', round, figures: { f: value } }
}

const run = (...trials: TrialResult[]): RunFile => ({ machine, small: false, trials })

it('a later run replaces its own cases and leaves the others', () => {
  const merged = mergeRuns(run(trial('B1', 0, 1), trial('B2', 0, 2)), run(trial('B2', 0, 3)))
  expect(merged.trials).toEqual([trial('B1', 0, 1), trial('B2', 0, 3)])
  const other = { ...trial('B2', 0, 4), case: 'd' }
  expect(mergeRuns(merged, run(other)).trials).toEqual([...merged.trials, other])
})

it('small runs and others do not mix', () => {
  const small = { ...run(trial('B1', 0, 1)), small: true }
  expect(mergeRuns(small, run(trial('B2', 0, 3))).trials).toHaveLength(1)
})

it('the median passes over a round that failed', () => {
  const failed: TrialResult = { ...trial('B1', 1, 0), figures: null, error: 'it broke' }
  const results = resultsOf([trial('B1', 2, 5), failed, trial('B1', 0, 1)], 'B1')
  expect(results.values({ case: 'c', system: 'bare', figure: 'f' })).toEqual([1, Number.NaN, 5])
  expect(medianOf(results, 'c', 'bare', 'f')).toBe(3)
})
