import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCampaign, runnerHere } from '../campaign.ts'
import type { Report } from './report.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const fromSource = ['--import', 'tsx', '--conditions=@tidemark/source']
const run = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [...fromSource, main, ...args])

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-simulate-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

test('two processes run the same seeds as one, with the same outcomes, and report them', {
  timeout: 60_000,
}, async () => {
  const file = join(folder, 'report.json')
  const { stdout } = await run('--seeds', '3', '--from', '14', '--jobs', '2', '--once', '--report', file)
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const here = await runCampaign({ firstSeed: 14, seeds: 3, runners: [runnerHere({ times: 1 })] })
  expect(report).toMatchObject({
    version: 1,
    firstSeed: 14,
    seeds: 3,
    runsPerSeed: 1,
    jobs: 2,
    steps: here.steps,
    edits: here.edits,
    never: [],
    failures: [],
    smallestStory: null,
  })
  const counts = Object.entries(report.faults).map(([name, count]) => [`fault ${name}`, count] as const)
  expect(new Map([...counts, ...Object.entries(report.happened)])).toEqual(
    new Map([...here.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  )
  expect(stdout).toMatch(/violations +0\n/)
})

test('what the command line does not say is refused with exit code 2', { timeout: 20_000 }, async () => {
  await expect(run('--seeds', 'many')).rejects.toMatchObject({ code: 2 })
})
