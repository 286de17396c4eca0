import { expect, test } from 'vitest'
import { explainFailure, runCampaign, runTwice } from './campaign.ts'
import { neverHappened } from './expected.ts'
import type { PlantedBug } from './planted/planted-bug.ts'
import { simulate } from './simulation.ts'

const seeds = 300

test(`[S1] [S2] [S3] [S4] [S6] [S7] [S8] [S11] [S13] [L1] [L2] [L4] hold in ${seeds} worlds, and each gives the same trace twice`, {
  timeout: 240_000,
}, async () => {
  const campaign = await runCampaign({ firstSeed: 1, seeds })
  expect(campaign.failures.map(explainFailure)).toEqual([])
  expect(neverHappened(campaign)).toEqual([])
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
  for (const run of [() => Date.now(), () => Math.random(), () => setTimeout(() => {}, 0)]) {
    const { failure } = await simulate(1, { bug: plant(run) })
    expect(failure?.message).toMatch(/was called inside a simulation/)
  }
  expect(Date.now()).toBeGreaterThan(0)
})
