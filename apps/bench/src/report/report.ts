import { assert } from '@tidemark/base'
import { medianOf, type RunFile, resultsOf } from '../results.ts'
import type { Figure, Scenario } from '../scenarios/scenario.ts'
import type { Judgement, Results, Target } from '../scenarios/target.ts'
import type { System } from '../systems/system.ts'
import { systems } from '../systems/systems.ts'
import { type Bar, drawChart, type Panel } from './chart.ts'
import type { Finding } from './findings.ts'
import { glanceTable } from './glance.ts'
import type { Prediction } from './predictions.ts'
import { formatFigure, formatMarkdown, tableOf } from './table.ts'

export interface Report {
  readonly markdown: string
  /** By file name, for the folder `benchmarks` beside the page. */
  readonly charts: ReadonlyMap<string, string>
}

type Predictions = ReadonlyMap<string, Prediction>

/** The page for people who choose between systems: the verdicts first, then each scenario with its picture and its numbers. */
export function writeReport(
  run: RunFile,
  scenarios: readonly Scenario[],
  predictions: Predictions,
  findings: readonly Finding[],
): Report {
  const measured = scenarios.filter(({ id }) => run.trials.some(({ scenario }) => scenario === id))
  const charts = new Map(
    measured.map((scenario) => [chartFile(scenario), chartOf(scenario, resultsOf(run.trials, scenario.id))]),
  )
  const sections = [
    introduction(run),
    `## At a glance\n\n${formatMarkdown(glanceTable(run, measured))}`,
    summary(run, measured, predictions),
    missed(run, measured, findings),
    ...measured.map((scenario) => section(run, scenario, predictions)),
    failures(run),
  ]
  return { markdown: `${sections.filter((part) => part !== '').join('\n\n')}\n`, charts }
}

function introduction({ machine, small, trials }: RunFile): string {
  const rounds = Math.max(...trials.map(({ round }) => round + 1), 0)
  const traces = machine.recordedTraces ? 'a recorded editing trace' : 'generated typing'
  const warning = small
    ? '\n\n**A small run, made to see that the bench is right: its figures mean nothing.**'
    : ''
  return `# Benchmarks

Tidemark beside its peers, on the same work in the same run: \`pnpm bench\` makes this page. Each number is the median of ${rounds === 1 ? 'one round' : `${rounds} rounds`}, in which the
systems took turns; ratios are made within a round. Servers ran as processes of their own with their defaults, on ${machine.cores} cores (${machine.cpu},
${machine.memoryGb} GB, Node ${machine.node}), the load beside them on the same machine; updates are ${traces}. Compare the rows of a table, not numbers of two machines.

**What each row promises.** Tidemark passes an update on, and acknowledges it, only when it is durable. Hocuspocus stores some seconds later, y-leveldb
some milliseconds later, @y/websocket-server not at all. *bare ws* is no sync server: it passes messages on, unparsed, and marks what a WebSocket
costs by itself. How it is measured, and what was predicted before: [apps/bench](../apps/bench/README.md).${warning}`
}

function summary(run: RunFile, scenarios: readonly Scenario[], predictions: Predictions): string {
  const rows = scenarios.flatMap((scenario) =>
    judged(run, scenario).map(({ id, target, judgement }) => [
      id,
      target.text,
      formatJudged(judgement.value, target.unit),
      judgement.verdict,
      heldOf(judgement, predictions.get(id)),
    ]),
  )
  const head = ['', 'target', 'measured', 'verdict', 'prediction']
  const met = rows.filter((row) => row[3] === 'met').length
  return `## Targets: ${met} of ${rows.length} met\n\n${formatMarkdown([head, ...rows])}`
}

/** Of the targets that are not met, why. */
function missed(run: RunFile, scenarios: readonly Scenario[], findings: readonly Finding[]): string {
  const targets = scenarios.flatMap((scenario) => judged(run, scenario))
  const ids = targets.filter(({ judgement }) => judgement.verdict !== 'met').map(({ id }) => id)
  const found = findings.filter(({ targets }) => targets.some((id) => ids.includes(id)))
  if (found.length === 0) return ''
  return `## What is missed, and why\n\n${found.map(({ title, text }) => `### ${title}\n\n${text}`).join('\n\n')}`
}

function judged(run: RunFile, scenario: Scenario): { id: string; target: Target; judgement: Judgement }[] {
  const results = resultsOf(run.trials, scenario.id)
  return scenario.targets.map((target, at) => ({
    id: `${scenario.id}.${at + 1}`,
    target,
    judgement: target.judge(results),
  }))
}

function heldOf({ verdict }: Judgement, prediction: Prediction | undefined): string {
  if (prediction === undefined || verdict === 'unclear') return ''
  return prediction.predicted === verdict ? 'held' : `wrong: ${prediction.predicted}, ${prediction.why}`
}

function formatJudged(value: number, unit: string): string {
  if (Number.isNaN(value)) return 'not measured'
  const digits = unit === '×' || Math.abs(value) < 10 ? 2 : 0
  return `${formatFigure(value, { digits })} ${unit}`.trim()
}

function section(run: RunFile, scenario: Scenario, predictions: Predictions): string {
  const results = resultsOf(run.trials, scenario.id)
  const tables = scenario.cases.map(
    ({ id, label }) => `**${label}**\n\n${formatMarkdown(tableOf(scenario, id, results))}`,
  )
  const reasons = scenario.targets.flatMap((_, at) => {
    const prediction = predictions.get(`${scenario.id}.${at + 1}`)
    return prediction ? [`- ${scenario.id}.${at + 1}, ${prediction.predicted}: ${prediction.why}`] : []
  })
  return `## ${scenario.id}: ${scenario.title}

${scenario.what}

![${titleOf(scenario)}](benchmarks/${chartFile(scenario)})

${tables.join('\n\n')}${reasons.length === 0 ? '' : `\n\nPredicted:\n\n${reasons.join('\n')}`}`
}

function chartFile({ id }: Scenario): string {
  return `${id.toLowerCase()}.svg`
}

function chartOf(scenario: Scenario, results: Results): string {
  const { figure } = scenario.chart
  const described = drawnOf(scenario)
  const panels = scenario.cases.map(({ id, label }): Panel => {
    const bars = systems.flatMap((system) => {
      const value = medianOf(results, id, system.id, figure)
      return Number.isNaN(value)
        ? []
        : [barOf(nameOf(scenario, system), value, formatFigure(value, described))]
    })
    return { title: label, bars }
  })
  return drawChart(
    titleOf(scenario),
    panels.filter(({ bars }) => bars.length > 0),
  )
}

function titleOf({ chart: { title, better } }: Scenario): string {
  return `${title} (${better} is better)`
}

/** The figure of its chart. */
function drawnOf({ id, figures, chart }: Scenario): Figure {
  const figure = figures.find(({ key }) => key === chart.figure)
  assert(figure, `${id} draws a figure that it does not have`)
  return figure
}

function nameOf({ names }: Scenario, system: System): Pick<System, 'name' | 'storage'> {
  return { name: names?.[system.id] ?? system.name, storage: system.storage }
}

function barOf({ name, storage }: Pick<System, 'name' | 'storage'>, value: number, text: string): Bar {
  const kind = storage === 'durable' ? 'own' : storage === 'limit' ? 'limit' : 'peer'
  return { label: name, value, text, kind }
}

function failures({ trials }: RunFile): string {
  const failed = trials.filter(({ figures }) => figures === null)
  if (failed.length === 0) return ''
  const rows = failed.map(({ scenario, case: id, system, round, error = '' }) => [
    `${scenario} ${id}`,
    system,
    String(round + 1),
    (error.split('\n')[0] ?? '').replaceAll('|', '\\|'),
  ])
  return `## Trials that failed\n\n${formatMarkdown([['', 'system', 'round', 'what it said'], ...rows])}`
}
