import { expect, test } from 'vitest'
import { worldsPerFile, wrongInWorlds } from './testing/worlds.ts'

test(`[S1] to [S14] [L1] [L2] [L3] [L4] [L6] [L8] hold in ${worldsPerFile} more worlds`, {
  timeout: 240_000,
}, async () => {
  expect(await wrongInWorlds(worldsPerFile + 1)).toEqual([])
})
