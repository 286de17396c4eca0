import { medianOf, type RunFile, resultsOf } from '../results.ts'
import type { Case, Scenario } from '../scenarios/scenario.ts'
import type { Results } from '../scenarios/target.ts'
import { peerIds, type SystemId } from '../systems/system.ts'
import { mustGetSystem } from '../systems/systems.ts'
import { formatFigure } from './table.ts'

/** For whoever reads nothing else: of each case the figure that is drawn, Tidemark's beside the best peer's. The head first. */
export function glanceTable(run: RunFile, scenarios: readonly Scenario[]): string[][] {
  const rows = scenarios.flatMap((scenario) => {
    const results = resultsOf(run.trials, scenario.id)
    return scenario.cases
      .filter(({ id }) => !Number.isNaN(medianOf(results, id, 'tidemark', scenario.chart.figure)))
      .map((one, at) => [at === 0 ? nameOf(scenario) : '', ...rowOf(results, scenario, one)])
  })
  return [['', 'case', 'Tidemark', 'best peer', 'which', 'bare ws'], ...rows]
}

function nameOf({ id, chart }: Scenario): string {
  return `${id}: ${chart.title} (${chart.better} is better)`
}

function rowOf(results: Results, { chart, figures, names }: Scenario, { id, label }: Case): string[] {
  const value = (system: SystemId): number => medianOf(results, id, system, chart.figure)
  const [best] = peerIds
    .filter((peer) => !Number.isNaN(value(peer)))
    .toSorted((a, b) => (chart.better === 'less' ? value(a) - value(b) : value(b) - value(a)))
  const figure = figures.find(({ key }) => key === chart.figure) ?? { digits: 1 }
  const cellOf = (system: SystemId): string => formatFigure(value(system), figure)
  return [
    label,
    `**${cellOf('tidemark')}**`,
    best === undefined ? '' : cellOf(best),
    best === undefined ? '' : (names?.[best] ?? mustGetSystem(best).name),
    cellOf('bare'),
  ]
}
