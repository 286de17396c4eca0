import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { herdDeadlineMs, runHerd } from './herd.ts'
import { type ChaosReport, explainViolations, formatReport } from './report.ts'
import { runChaos } from './run-chaos.ts'

const usage = `Runs the built relay on a real disk, with real clients, under faults, and checks what must hold.

  npm run chaos -- [options]

  --minutes N    how long (2); the last round is finished
  --seed N       draws people, faults and their times (a new one each time); processes run as they run,
                 so the same seed is the same plan, and not the same story
  --report FILE  writes what happened as JSON
  --herd N       instead of all that: N sessions lose their relay at once, and must be live and save again [L5]
  --help         this text

Rounds: some seconds of faults, then peace, in which everything must come to rest within a minute.
Exit code: 0 when all held, 1 when a property did not, 2 for wrong options, 130 when interrupted.`

const progressEveryMs = 30_000

await main()

async function main(): Promise<void> {
  const options = read()
  if (options === null) return
  const over = new AbortController()
  let interrupted = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A second one does not wait: what runs is killed on the way out.
      if (interrupted) process.exit(130)
      interrupted = true
      over.abort()
    })
  }
  if (options.sessions !== null) return driveHerd(options.sessions)
  const { seed, minutes, reportPath } = options
  console.log(`chaos for ${minutes} minutes, seed ${seed}`)
  const report = await runChaos({
    seed,
    forMs: minutes * 60_000,
    signal: over.signal,
    onRound: createProgress(),
  })
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  console.log(formatReport(report))
  if (reportPath !== undefined) writeFileSync(reportPath, `${JSON.stringify(report, null, 2)}\n`)
  if (report.violations.length > 0) console.log(`\n${explainViolations(report)}`)
  process.exit(report.violations.length > 0 ? 1 : interrupted ? 130 : 0)
}

/** Without a word about signals: it ends by itself, within three deadlines. */
async function driveHerd(sessions: number): Promise<void> {
  const documents = Math.ceil(sessions / 10)
  console.log(`${sessions} sessions on ${documents} documents lose their relay at once`)
  try {
    const { liveAgainMs, savedMs } = await runHerd({ sessions, documents, deadlineMs: herdDeadlineMs })
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
    console.log(
      `live ${seconds(liveAgainMs)} s after it was killed, an edit of each saved ${seconds(savedMs)} s later`,
    )
    process.exit(liveAgainMs + savedMs < herdDeadlineMs ? 0 : 1)
  } catch (error) {
    console.error(`L5: ${String(error)}`)
    process.exit(1)
  }
}

interface Options {
  readonly seed: number
  readonly minutes: number
  readonly reportPath: string | undefined
  /** Null: rounds of faults, as ever. */
  readonly sessions: number | null
}

/** Null when there is nothing to run. */
function read(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        report: { type: 'string' },
        herd: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const [seed, minutes] = [Number(values.seed), Number(values.minutes)]
    const sessions = values.herd === undefined ? null : Number(values.herd)
    if (values.help) console.log(usage)
    else if (!Number.isInteger(seed)) mistake('--seed wants a whole number')
    else if (!(minutes > 0)) mistake('--minutes wants a number above 0')
    else if (sessions !== null && !(sessions >= 1 && sessions <= 20_000)) mistake('--herd wants 1 to 20000')
    else return { seed, minutes, reportPath: values.report, sessions }
  } catch (error) {
    mistake((error as Error).message)
  }
  return null
}

function mistake(message: string): void {
  console.error(`${message}\n\n${usage}`)
  process.exitCode = 2
}

/** A line that is written over on a terminal, and one now and then elsewhere. */
function createProgress(): (report: ChaosReport) => void {
  let shownMs = performance.now()
  return ({ rounds, seconds, edits, acknowledged, relayLives }) => {
    const line = `${rounds} rounds, ${seconds} s, ${edits} edits, ${acknowledged} acknowledged, ${relayLives} relay processes`
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001b[K`)
    else if (performance.now() - shownMs > progressEveryMs) {
      shownMs = performance.now()
      console.log(line)
    }
  }
}
