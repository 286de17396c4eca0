import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { commitOf } from '../command/commit.ts'
import { allBugs } from './all-bugs.ts'
import type { Bug } from './bug.ts'
import { type Catch, createArena, type HuntOptions, hunt } from './hunt.ts'
import { asTable, foundShare, foundShareMin, toJson } from './report.ts'

const usage = `Plants one bug after the other that this field really had, and lets the simulator find it.

  npm run simulate:zoo -- [options]

  --bug NAME    only this one; can be given several times
  --seeds N     how many seeds each bug gets (1000)
  --from N      the first of them (1)
  --jobs N      bugs that are hunted at the same time (2)
  --report FILE what was found, as JSON
  --list        the bugs
  --help        this text`

try {
  await main()
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      bug: { type: 'string', multiple: true },
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '2' },
      report: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const bugs = chosen(values.bug)
  if (values.list) return console.log(bugs.map(({ name, story }) => `${name}\n    ${story}`).join('\n'))
  const over = new AbortController()
  // A second one does not wait.
  process.once('SIGINT', () => over.abort())
  const options = { firstSeed: Number(values.from), seeds: Number(values.seeds), signal: over.signal }
  const catches = await huntAll(bugs, Number(values.jobs), options)
  console.log(asTable(catches))
  if (over.signal.aborted)
    console.log(`interrupted: ${bugs.length - catches.length} were not hunted to the end`)
  if (values.report !== undefined)
    writeFileSync(values.report, toJson(catches, { ...options, commit: commitOf(), bugs: bugs.length }))
  if (foundShare(catches) < foundShareMin) process.exitCode = 1
  else if (over.signal.aborted) process.exitCode = 130
}

function chosen(names: readonly string[] | undefined): readonly Bug[] {
  if (names === undefined) return allBugs
  return names.map((name) => {
    const bug = allBugs.find((each) => each.name === name)
    if (bug === undefined) throw new Error(`no such bug: ${name}`)
    return bug
  })
}

/** In the order of `bugs`, `jobs` at a time. */
async function huntAll(bugs: readonly Bug[], jobs: number, options: HuntOptions): Promise<readonly Catch[]> {
  const catches: (Catch | null)[] = bugs.map(() => null)
  const waiting = [...bugs.entries()]
  async function huntOn(): Promise<void> {
    const control = await createArena([])
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, bug] = next
      const caught = await hunt(bug, control, options)
      if (caught === null) break
      catches[place] = caught
      console.log(progress(caught))
    }
    await control.close()
  }
  await Promise.all(Array.from({ length: jobs }, huntOn))
  return catches.filter((caught) => caught !== null)
}

function progress({ bug, seed, property, message, ms }: Catch): string {
  const found = seed === null ? `not found ${message}`.trim() : `${property} in seed ${seed}`
  return `${bug.name}: ${found} (${(ms / 1000).toFixed(1)} s)`
}
