import { expect, it } from 'vitest'
import { canMeasureProcesses } from './measure/process-use.ts'
import { writeReport } from './report/report.ts'
import type { TrialResult } from './results.ts'
import { runTrial } from './run-trial.ts'
import { scenarios } from './scenarios/scenarios.ts'
import { mustGetSystem } from './systems/systems.ts'

// Every scenario, small: that the bench counts right, not what it counts. A case of each, with Tidemark, and with bare ws
// where it does something of its own: tests do not install the peers. `npm run bench -- --small` runs all of it.

const withBare = ['B1', 'B3']

const trials: TrialResult[] = []

const names = scenarios.flatMap((scenario) =>
  scenario.cases
    .filter((one, at) => at === 0 || one.tested)
    .flatMap((one) =>
      (one.systems ?? scenario.systems)
        .filter((id) => id === 'tidemark' || (id === 'bare' && withBare.includes(scenario.id)))
        .map((system) => ({ name: `${scenario.id} ${one.id} ${system}`, scenario, case: one.id, system })),
    ),
)

it.runIf(canMeasureProcesses()).each(names)(
  '$name yields every figure, and loses nothing',
  { timeout: 180_000 },
  async ({ scenario, case: id, system }) => {
    const figures = await runTrial({ scenario, case: id, system: mustGetSystem(system), small: true })
    trials.push({ scenario: scenario.id, case: id, system, round: 0, figures })
    const known = scenario.figures.map(({ key }) => key)
    expect(known).toEqual(expect.arrayContaining(Object.keys(figures)))
    expect(Object.entries(figures).filter(([, value]) => Math.abs(value) === Infinity)).toEqual([])
    expect(Object.values(figures).some((value) => value > 0)).toBe(true)
    expect(figures['missing'] ?? 0).toBe(0)
  },
)

it.runIf(canMeasureProcesses())(
  'the report has a section and a picture for each, and no number that is none',
  () => {
    const machine = { cpu: '', cores: 2, memoryGb: 1, node: '', platform: '', recordedTraces: false }
    const findings = [{ targets: ['B12.1'], title: 'B12.1: Found', text: '' }]
    const run = { machine, small: true, trials }
    const { markdown, charts } = writeReport(run, scenarios, new Map(), findings)
    for (const { id } of scenarios) expect(markdown).toContain(`## ${id}:`)
    expect(markdown).toContain('### B12.1: Found')
    expect(charts.size).toBe(scenarios.length)
    for (const text of [markdown, ...charts.values()]) expect(text).not.toMatch(/NaN|undefined|Infinity/)
  },
)
