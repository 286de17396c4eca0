import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { runTwice } from './campaign.ts'
import type { PlantedBug } from './planted/planted-bug.ts'
import { simulate } from './simulation.ts'
import { worldsPerFile, wrongInWorlds } from './testing/worlds.ts'

test(`[S1] to [S14] [L1] [L2] [L3] [L4] [L6] [L8] hold in ${worldsPerFile} worlds, and each twentieth gives the same trace twice`, {
  timeout: 240_000,
}, async () => {
  expect(await wrongInWorlds(1)).toEqual([])
})

test('what depends on anything but the seed is found: two runs differ', async () => {
  let runs = 0
  const bug: PlantedBug = {
    name: 'something left over from the run before',
    breaks: ['determinism'],
    plant: () => {
      const bytesMax = runs++ === 0 ? 1 : 1_000_000
      return { wrapLog: (log) => ({ ...log, read: (id, after) => log.read(id, after, bytesMax) }) }
    },
  }
  expect((await runTwice(1)).failure).toBeNull()
  expect((await runTwice(1, { bug })).failure).toMatchObject({ property: 'determinism' })
})

test('what the second run of a seed alone finds is its outcome', async () => {
  let runs = 0
  const bug: PlantedBug = {
    name: 'a rejection that nobody handles, in the second run',
    breaks: ['exception'],
    plant: () => {
      if (runs++ > 0) void Promise.reject(new Error('only now'))
      return {}
    },
  }
  expect((await runTwice(1, { bug })).failure?.message).toMatch(/only now/)
})

test('an engine that takes time or chance from the process instead of its ports is found', async () => {
  const plant = (run: () => unknown): PlantedBug => ({
    name: 'a global',
    breaks: ['exception'],
    plant: () => ({
      wrapSocket(socket) {
        run()
        return socket
      },
    }),
  })
  const taken = [
    () => Date.now(),
    () => new Date(),
    () => performance.now(),
    () => process.hrtime(),
    () => process.hrtime.bigint(),
    () => Math.random(),
    () => crypto.randomUUID(),
    () => randomBytes(4),
    () => new MessageChannel(),
    () => setTimeout(() => {}, 0),
  ]
  for (const run of taken) {
    const { failure } = await simulate(1, { bug: plant(run) })
    expect(failure?.message).toMatch(/was called inside a simulation/)
  }
  expect(Date.now()).toBeGreaterThan(0)
})
