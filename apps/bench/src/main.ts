import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { canMeasureProcesses } from './measure/process-use.ts'
import { arePeersInstalled, installPeers } from './peers.ts'
import { readFindings } from './report/findings.ts'
import { readPredictions } from './report/predictions.ts'
import { writeReport } from './report/report.ts'
import { formatText, tableOf } from './report/table.ts'
import { type Machine, mergeRuns, type RunFile, readRun, resultsOf, type TrialResult } from './results.ts'
import type { Case, Scenario } from './scenarios/scenario.ts'
import { mustGetScenario, scenarios } from './scenarios/scenarios.ts'
import { type SystemId, systemIds } from './systems/system.ts'
import { mustGetSystem } from './systems/systems.ts'
import { runInProcess } from './trial-process.ts'

const usage = `Runs Tidemark and its peers side by side on the same work.

  npm run bench -- [options]

  --scenario B1,B4   only these (all)
  --case 1x2,herd    only these cases of theirs (all)
  --system a,b       only these: ${systemIds.join(', ')} (all)
  --rounds N         how often each trial is made; the systems take turns (3; 0: only makes the page)
  --small            seconds instead of minutes: to see that the bench is right; its figures mean nothing
  --json FILE        where the figures go (docs/benchmarks/results.json; a small run writes none unless told)
  --report FILE      the page made of them (docs/BENCHMARKS.md; a small run writes none unless told)
  --no-peers         do not install the peers: Tidemark and bare ws alone
  --help             this text

Figures of other cases that the JSON file holds already stay in it. TIDEMARK_TRACES names the folder with the
recorded traces of the public collection josephg/editing-traces; without it generated ones of the same shape are used.`

const root = fileURLToPath(new URL('../../..', import.meta.url))
const trialMsMax = 900_000

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      scenario: { type: 'string' },
      case: { type: 'string' },
      system: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      small: { type: 'boolean', default: false },
      json: { type: 'string' },
      report: { type: 'string' },
      peers: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (!canMeasureProcesses()) throw new Error('the bench reads /proc, so it runs on Linux only')
  if (values.peers && !arePeersInstalled()) installPeers()
  const { small } = values
  const cases = values.case?.split(',')
  const chosen = (values.scenario ? values.scenario.split(',').map(mustGetScenario) : scenarios).map(
    (scenario) => ({ ...scenario, cases: scenario.cases.filter(({ id }) => cases?.includes(id) ?? true) }),
  )
  const only = values.system?.split(',').map((id) => mustGetSystem(id).id) ?? systemIds
  const trials: TrialResult[] = []
  const json = values.json ?? (small ? null : join(root, 'docs/benchmarks/results.json'))
  const earlier = json === null ? null : readRun(json)
  // A full run takes two hours: what has been measured is kept when it is ended early.
  const keep = (): RunFile => {
    const run = mergeRuns(earlier, { machine: describeMachine(), small, trials })
    if (json !== null) write(json, `${JSON.stringify(run, null, 1)}\n`)
    return run
  }
  const rounds = Number(values.rounds)
  for (const scenario of rounds > 0 ? chosen : [])
    await runScenario(scenario, only, rounds, small, trials, keep)
  const run = keep()
  const page = values.report ?? (small ? null : join(root, 'docs/BENCHMARKS.md'))
  if (page !== null) writePage(page, run)
  if (trials.some(({ figures }) => figures === null)) process.exitCode = 1
}

async function runScenario(
  scenario: Scenario,
  only: readonly SystemId[],
  rounds: number,
  small: boolean,
  trials: TrialResult[],
  keep: () => void,
): Promise<void> {
  console.log(`\n${scenario.id}: ${scenario.title}`)
  for (const one of scenario.cases) {
    const taking = (one.systems ?? scenario.systems).filter((id) => only.includes(id) && isAvailable(id))
    for (let round = 0; round < rounds; round++) {
      // Whoever comes first finds the machine as the one before left it: the next round begins with another.
      for (const system of rotate(taking, round))
        trials.push(await runOne(scenario, one, system, round, rounds, small))
    }
    keep()
    progress('')
    console.log(`\n${one.label}\n${formatText(tableOf(scenario, one.id, resultsOf(trials, scenario.id)))}`)
  }
}

async function runOne(
  { id: scenario }: Scenario,
  { id }: Case,
  system: SystemId,
  round: number,
  rounds: number,
  small: boolean,
): Promise<TrialResult> {
  progress(`${scenario} ${id}, round ${round + 1} of ${rounds}: ${system}`)
  const name = { scenario, case: id, system, round }
  try {
    return { ...name, figures: await runInProcess({ scenario, case: id, system, small }, trialMsMax) }
  } catch (error) {
    const { message } = error as Error
    console.error(`\n${scenario} ${id} ${system}: ${message}`)
    return { ...name, figures: null, error: message }
  }
}

function isAvailable(id: SystemId): boolean {
  return mustGetSystem(id).unavailable() === null
}

function rotate<T>(items: readonly T[], by: number): T[] {
  return items.map((_, at) => items[(at + by) % items.length] as T)
}

function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001b[K`)
}

function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: process.platform,
    recordedTraces: Boolean(process.env['TIDEMARK_TRACES']),
  }
}

function writePage(page: string, run: RunFile): void {
  const readme = readFileSync(join(root, 'apps/bench/README.md'), 'utf8')
  const findings = readFileSync(join(root, 'apps/bench/FINDINGS.md'), 'utf8')
  const { markdown, charts } = writeReport(run, scenarios, readPredictions(readme), readFindings(findings))
  write(page, markdown)
  for (const [name, svg] of charts) write(join(dirname(page), 'benchmarks', name), svg)
  console.log(`\n${page}`)
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
