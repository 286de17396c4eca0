import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { explainFailure, runTwice } from '../campaign.ts'
import { allBugs } from '../zoo/all-bugs.ts'
import { found } from './found.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))
const withSeeds = found.flatMap(({ bug, seed }) => (seed === null ? [] : [{ bug, seed }]))
const takenBack = found.filter(({ takenBackBy }) => takenBackBy !== null)

test.each(withSeeds)('seed $seed holds, which found: $bug', { timeout: 60_000 }, async ({ seed }) => {
  const { failure } = await runTwice(seed)
  expect(failure === null ? null : explainFailure({ seed, ...failure })).toBeNull()
})

test.each(found)('the package that had it has a test: $bug', ({ test: { file, name } }) => {
  expect(readFileSync(packages + file, 'utf8')).toContain(name)
})

test.each(takenBack)('the zoo can take the fix back: $bug', ({ property, takenBackBy }) => {
  expect(allBugs.find(({ name }) => name === takenBackBy)?.breaks).toContain(property)
})
