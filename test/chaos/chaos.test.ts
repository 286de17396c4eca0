import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { runChaos } from './run-chaos.ts'

test('[ACK1] [R3] [S1] [S2] [S3] [L2] [S14] everything holds through kills, bad lines, dropped tabs, a damaged entry and an older file', {
  timeout: 120_000,
}, async () => {
  const report = await runChaos({
    seed: 4,
    forMs: 100_000,
    rounds: [
      { disk: 'none', faultsMs: 2_000 },
      { disk: 'damaged entry', faultsMs: 1_000 },
      { disk: 'older file', faultsMs: 1_000 },
    ],
  })
  expect(report.violations).toEqual([])
  expect(report.artefacts).toBeNull()
  expect(report.rounds).toBe(3)
  expect(report.acknowledged).toBeGreaterThan(0)
  expect(report.faults).toMatchObject({ 'disk: damaged entry': 1, 'disk: older file': 1 })
  expect(report.relayLives).toBeGreaterThan(5)
})

test('a relay that forgets what it acknowledged is found, and what it left behind is kept', {
  timeout: 120_000,
}, async () => {
  const report = await runChaos({
    seed: 4,
    forMs: 100_000,
    rounds: Array.from({ length: 8 }, () => ({ disk: 'none', faultsMs: 2_000 })),
    relayProgram: fileURLToPath(new URL('testing/forgetful-relay.mjs', import.meta.url)),
  })
  const { artefacts, violations } = report
  onTestFinished(() => rmSync(artefacts ?? '', { recursive: true, force: true }))
  expect(['S2', 'S6']).toContain(violations[0]?.property)
  expect(['relay.log', 'report.json'].map((name) => existsSync(`${artefacts}/${name}`))).toEqual([true, true])
})
