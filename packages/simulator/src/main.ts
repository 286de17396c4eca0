import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Campaign, explainFailure, runCampaign, runTwice } from './campaign.ts'
import { findClaims, neverTrue } from './claims.ts'
import { type Failure, simulate } from './simulation.ts'
import { formatLine } from './world/timeline.ts'

const usage = `Runs relay and clients as they are in a simulated world, under faults, and checks what must hold.

  npm run simulate -- [options]

  --seeds N     how many seeds (200)
  --from N      the first of them (1)
  --minutes N   as many seeds as fit into so many minutes
  --seed N      this one only
  --trace       print every event of it
  --help        this text`

/** So many seeds must have made every claim of the code true. */
const seedsForClaims = 3000

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (values.seed !== undefined) return runOne(Number(values.seed), values.trace)
  await runMany(
    Number(values.from),
    Number(values.seeds),
    values.minutes === undefined ? null : Number(values.minutes),
  )
}

async function runOne(seed: number, trace: boolean): Promise<void> {
  const outcome = trace
    ? await simulate(seed, { onLine: (line) => console.log(formatLine(line)) })
    : await runTwice(seed)
  if (outcome.failure !== null) {
    console.log(explain(seed, outcome.failure))
    process.exitCode = 1
    return
  }
  const { hash, steps, edits, virtualMs } = outcome
  console.log(
    `seed ${seed} holds: ${steps} steps, ${edits} edits, ${(virtualMs / 1000).toFixed(0)} s of virtual time, hash ${hash}`,
  )
}

async function runMany(firstSeed: number, seeds: number, minutes: number | null): Promise<void> {
  const startMs = performance.now()
  const endMs = minutes === null ? Number.POSITIVE_INFINITY : startMs + minutes * 60_000
  const campaign = await runCampaign({
    firstSeed,
    seeds: minutes === null ? seeds : null,
    stop: () => performance.now() > endMs,
    onSeed: (outcome, soFar) => {
      showProgress(soFar, startMs)
      if (outcome.failure !== null) console.log(`\n${explain(outcome.seed, outcome.failure)}\n`)
    },
  })
  console.log(summary(campaign, performance.now() - startMs))
  const ranAll = showClaims(campaign)
  if (campaign.failures.length > 0 || !ranAll) process.exitCode = 1
}

/** Prints the rare branches that never ran; false when all of them should have. */
function showClaims({ seeds, claims }: Campaign): boolean {
  if (claims.size === 0) {
    console.log('\nrare branches were not counted: --conditions=@tidemark/counting')
    return true
  }
  const never = neverTrue(claims)
  console.log(`\nrare branches that ran: ${findClaims().length - never.length} of ${findClaims().length}`)
  for (const { claim, file } of never) console.log(`  never: ${claim} (${file})`)
  return never.length === 0 || seeds < seedsForClaims
}

/** A seed is a story only together with the code that it ran. */
function explain(seed: number, failure: Failure): string {
  const commit = spawnSync('git', ['describe', '--always', '--dirty']).stdout?.toString().trim()
  return `${explainFailure({ seed, ...failure })}${commit ? `\nat commit ${commit}` : ''}`
}

function showProgress({ seeds, failures }: Campaign, startMs: number): void {
  if (!process.stdout.isTTY) return
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  process.stdout.write(`\r${seeds} seeds, ${failures.length} failed, ${seconds} s\u001b[K`)
}

function summary({ seeds, steps, virtualMs, edits, counts, failures }: Campaign, tookMs: number): string {
  const rows: [string, string][] = [
    ['seeds, each run twice', String(seeds)],
    [
      'failed',
      failures.length === 0 ? '0' : `${failures.length}: ${failures.map(({ seed }) => seed).join(', ')}`,
    ],
    ['steps', `${steps} (${Math.round((steps / tookMs) * 1000)}/s)`],
    ['edits', String(edits)],
    ['virtual time', `${(virtualMs / 60_000).toFixed(1)} minutes`],
    ['time', `${(tookMs / 1000).toFixed(1)} s`],
    ...[...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]): [string, string] => [what, String(count)]),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return `\n${rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')}`
}
