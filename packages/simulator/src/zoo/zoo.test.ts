import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allBugs } from './all-bugs.ts'
import { type Bug, plant } from './bug.ts'
import { type Arena, createArena, hunt } from './hunt.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

test('each bug has a name of its own, and was seen somewhere', () => {
  const names = allBugs.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(30)
  expect(allBugs.filter(({ seenIn, breaks }) => seenIn.length === 0 || breaks.length === 0)).toEqual([])
})

test.each(allBugs)('still fits the sources: $name', async ({ patches }) => {
  for (const file of new Set(patches.map((patch) => patch.file))) {
    const source = await readFile(packages + file, 'utf8')
    const planted = patches.filter((patch) => patch.file === file).reduce(plant, source)
    expect(planted).not.toBe(source)
    await transform(planted, { loader: 'ts' })
  }
})

test('no bug is another one under a second name', async () => {
  const worlds = await Promise.all(allBugs.map(async ({ patches }) => plantedSources(patches)))
  expect(new Set(worlds).size).toBe(allBugs.length)
})

async function plantedSources(patches: Bug['patches']): Promise<string> {
  const sources = new Map<string, string>()
  for (const patch of patches)
    sources.set(
      patch.file,
      plant(sources.get(patch.file) ?? (await readFile(packages + patch.file, 'utf8')), patch),
    )
  return JSON.stringify([...sources].sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('a patch whose text is gone, or stands twice, does not fit', () => {
  const patch = { file: 'a.ts', find: 'one', replace: 'two' }
  expect(() => plant('nothing', patch)).toThrow('a.ts holds 0 times: one')
  expect(() => plant('one one', patch)).toThrow('a.ts holds 2 times: one')
  expect(plant('one $&', { ...patch, replace: '$&' })).toBe('$& $&')
})

/** Those that show themselves soon; `npm run simulate:zoo` hunts them all. */
const quick: readonly string[] = [
  'ack-before-commit',
  'any-ack-clears-all',
  'the-cursor-is-stored-first',
  'a-deletion-adds-nothing',
  'a-dead-connection-leaves-a-ghost',
  'an-edit-during-a-write-is-lost',
]

describe('the checkers see', () => {
  let control: Arena
  beforeAll(async () => {
    control = await createArena([])
  })
  afterAll(() => control.close())

  test.each(quick)('%s', { timeout: 60_000 }, async (name) => {
    const bug = allBugs.find((each) => each.name === name) as Bug
    const caught = await hunt(bug, control, { firstSeed: 1, seeds: seedsToFind })
    expect(caught?.passedOver).toEqual([])
    expect(caught?.seed).toBeGreaterThan(0)
    expect(bug.breaks).toContain(caught?.property)
  })
})

const seedsToFind = 40
