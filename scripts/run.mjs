// `npm start`, `npm test` and the rest, on a machine that has Node, npm and nothing else.
//
//     node scripts/run.mjs <task> [arguments]
//
// Every task first does the set-up: check Node, get the pinned pnpm, install from the lockfile, compile. Plain
// JavaScript without dependencies, because it runs before there are any.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { findPnpm, needsShell, readJson, root, tool } from './commands.mjs'

const workspace = readJson('package.json')
const reportPath = join(root, 'node_modules/.cache/tidemark/tests.json')

const fromSource = ['--import', 'tsx', '--conditions', '@tidemark/source']

/** With the rare branches counted (packages/base/src/sometimes.ts). */
const counting = ['--conditions', '@tidemark/counting']

/** A world makes a lot of garbage and keeps little: fewer, larger sweeps. 3 % of the time. */
const roomy = '--max-semi-space-size=32'

const tasks = {
  setup: () => {},
  build: buildEditor,

  async start(args) {
    await buildEditor()
    return runProgram([join(root, 'apps/relay/dist/main.js'), ...args])
  },

  async test(args) {
    // A report of an earlier run must not be taken for this one's.
    rmSync(reportPath, { force: true })
    mkdirSync(join(reportPath, '..'), { recursive: true })
    await buildEditor()
    await run('browser', [process.execPath, join(root, 'scripts/browser.mjs')])
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    await run('tests', [...tool('vitest'), 'run', ...reporters, ...args])
  },

  /** Every `check:` script of package.json, to the end, so that one run shows all there is to mend. */
  async check() {
    // The relay's package carries the editor along.
    await buildEditor()
    const names = Object.keys(workspace.scripts).filter((name) => name.startsWith('check:'))
    const failed = []
    for (const name of names) {
      console.log(`\n--- ${name}`)
      const [program, ...args] = workspace.scripts[name].split(' ')
      const command = program === 'node' ? [process.execPath] : tool(program)
      if ((await exitCode([...command, ...args])) !== 0) failed.push(name)
    }
    if (failed.length > 0) fail(`failed: ${failed.join(', ')}`)
  },

  /** A seeded world that runs the production code: `npm run simulate -- --help`. */
  // From the sources: what strangers say comes from the test support of other packages, which is not built.
  simulate: (args) =>
    runProgram([...fromSource, ...counting, roomy, join(root, 'packages/simulator/src/main.ts'), ...args]),

  /** Bugs that this field really had, planted one by one: `npm run simulate:zoo -- --help`. */
  'simulate:zoo': (args) => runProgram([join(root, 'packages/simulator/dist/zoo/main.js'), ...args]),

  /** Real editing traces through real relays: `npm run replay -- --help`. */
  replay: (args) => runProgram([...fromSource, join(root, 'test/replay/main.ts'), ...args]),

  /** The built relay, real clients, real faults: `npm run chaos -- --help`. */
  chaos: (args) => runProgram([...fromSource, join(root, 'test/chaos/main.ts'), ...args]),

  /** Beside the peers, which the bench installs for itself: `npm run bench -- --help`. */
  bench: (args) => runProgram([...fromSource, join(root, 'apps/bench/src/main.ts'), ...args]),
}

/** The command that runs now. */
let running = null

await main(process.argv[2] ?? '', process.argv.slice(3))

async function main(name, args) {
  if (!Object.hasOwn(tasks, name)) fail(`tasks: ${Object.keys(tasks).join(', ')}`)
  passSignalsOn()
  stopWithoutParent()
  await setUp()
  // pnpm hands the separating `--` on, npm does not.
  process.exitCode = (await tasks[name](args[0] === '--' ? args.slice(1) : args)) ?? 0
}

async function setUp() {
  checkNode()
  const pnpm = await findPnpm()
  const install = ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']
  // NODE_ENV=production would leave the compiler out, and a question about node_modules has nobody to answer it.
  const always = ['--prod=false', '--config.confirm-modules-purge=false']
  await run('install', [...pnpm, ...install, ...always])
  await run('compile', [...tool('tsc'), '-b'])
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Tidemark needs Node ${workspace.engines.node}; this is ${process.versions.node}.`)
  }
}

function buildEditor() {
  return run('editor', [...tool('vite'), 'build', '--logLevel', 'warn'], join(root, 'apps/editor'))
}

function runProgram(args) {
  const program = args.find((arg) => arg.startsWith(root))
  if (!existsSync(program)) fail(`${program} does not exist`)
  return exitCode([process.execPath, ...args])
}

async function run(step, command, cwd) {
  const code = await exitCode(command, cwd)
  if (code !== 0) fail(`${step} failed`, code)
}

/** Like `exec`: signals reach the command that runs, and its exit code is ours. */
function exitCode([program, ...args], cwd = root) {
  running = spawn(program, args, { cwd, stdio: 'inherit', shell: needsShell(program) })
  return new Promise((done, failed) => {
    running.once('error', failed)
    running.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]))
  }).finally(() => {
    running = null
  })
}

/**
 * A terminal gives Ctrl-C to the whole group, what runs here included, and npm passes on a second one, which would look
 * like an impatient user. So one signal goes out for those that come together, and none for a terminal's own.
 */
function passSignalsOn() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    let lastMs = Number.NEGATIVE_INFINITY
    process.on(signal, () => {
      const nowMs = performance.now()
      const repeated = nowMs - lastMs < 500
      lastMs = nowMs
      if (!repeated && !(signal === 'SIGINT' && process.stdin.isTTY)) stop(signal)
    })
  }
}

/** npm gives SIGTERM to the shell between us only, and the shell dies of it without a word. */
function stopWithoutParent() {
  const parent = process.ppid
  if (!process.env.npm_lifecycle_event) return
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop('SIGTERM')
  }, 200)
  timer.unref()
}

function stop(signal) {
  if (running) running.kill(signal)
  else process.exit(128 + constants.signals[signal])
}

function fail(message, code = 1) {
  console.error(message)
  process.exit(code)
}
