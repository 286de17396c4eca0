#!/usr/bin/env node
import process from 'node:process'
import { type Program, startProgram } from './program.ts'
import { createReporter, type Reporter } from './reporter.ts'
import { readSettings, type Settings } from './settings.ts'

// Exit codes: 0 after a drain or --help, 1 when the relay failed or could not start, 2 when it was started wrongly.

const read = readSettings(process.argv.slice(2), process.env)
switch (read.kind) {
  case 'help':
    process.stdout.write(read.text)
    break
  case 'mistakes':
    process.stderr.write(read.mistakes.map((mistake) => `tidemark: ${mistake}\n`).join(''))
    process.stderr.write('Run "tidemark --help" for all flags.\n')
    process.exitCode = 2
    break
  case 'settings':
    await run(read.settings)
}

async function run(settings: Settings): Promise<void> {
  const report = reporterFor(settings)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      report('error', event, { error })
      process.exit(1)
    })
  }
  try {
    const program = await startProgram(settings, report, fail)
    obeySignals(program, report)
    // Said last: whoever waits for this line may send a signal at once.
    report('info', 'listening', program.facts)
  } catch (error) {
    report('error', 'not-started', { error })
    process.exit(1)
  }
}

/** The disk failed: nothing more is acknowledged, and only a new process may trust it again. */
function fail(): void {
  process.exitCode = 1
  // What tells the clients so is still on its way out of this process.
  setTimeout(() => process.exit(1), lastWordsMs)
}

const lastWordsMs = 200

/** SIGTERM and SIGINT drain, a second one ends at once, SIGHUP reads the tokens again. */
function obeySignals(program: Program, report: Reporter): void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) return dieOf(signal, report)
    isStopping = true
    report('info', 'draining', { signal })
    void drain(program, report)
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGHUP', () => reload(program, report))
}

/** As if nobody had listened for the signal: `process.exit` would wait for threads that are in the midst of a commit. */
function dieOf(signal: NodeJS.Signals, report: Reporter): void {
  report('info', 'stopped-at-once', { signal })
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

async function drain(program: Program, report: Reporter): Promise<void> {
  const tooLong = setTimeout(() => {
    report('error', 'drain-timed-out', { afterMs: drainMsMax })
    process.exit(1)
  }, drainMsMax)
  await program.stop()
  clearTimeout(tooLong)
  report('info', 'stopped')
  process.exit(process.exitCode ?? 0)
}

/** Well within what supervisors wait before they kill. */
const drainMsMax = 20_000

function reload(program: Program, report: Reporter): void {
  try {
    program.reload()
    report('info', 'reloaded')
  } catch (error) {
    report('error', 'not-reloaded', { error })
  }
}

function reporterFor({ logLevel, logFormat }: Settings): Reporter {
  const { stdout } = process
  // Whoever read the log has gone: that is no reason to stop serving.
  stdout.on('error', () => {})
  const isText = logFormat === 'text' || (logFormat === 'auto' && stdout.isTTY)
  const format = isText ? 'text' : 'json'
  return createReporter({ level: logLevel, format, write: (line) => stdout.write(line), now: Date.now })
}
