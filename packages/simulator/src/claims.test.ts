import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { findClaims } from './claims.ts'
import { simulate } from './simulation.ts'

test('each claim stands at one place', () => {
  const claims = findClaims().map(({ claim }) => claim)
  expect(claims.filter((claim, i) => claims.indexOf(claim) !== i)).toEqual([])
  expect(claims.length).toBeGreaterThan(60)
})

test('what comes true in a simulation is one of the claims, and is counted for that run alone', async () => {
  const known = new Set(findClaims().map(({ claim }) => claim))
  const first = await simulate(3)
  const again = await simulate(3)
  expect(first.claims?.size).toBeGreaterThan(0)
  expect(again.claims).toEqual(first.claims)
  expect([...(first.claims?.keys() ?? [])].filter((claim) => !known.has(claim))).toEqual([])
})

test('nothing of the claims is left in a published client', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from '@tidemark/client'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    conditions: ['@tidemark/source'],
    external: ['yjs', 'lib0', 'lib0/*', 'y-protocols/*'],
  })
  const text = outputFiles[0]?.text ?? ''
  expect(text).toContain('document/other-lineage')
  expect(findClaims().filter(({ claim }) => text.includes(claim))).toEqual([])
})
