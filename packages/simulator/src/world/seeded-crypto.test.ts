import { expect, test } from 'vitest'
import { withSeededCrypto } from './seeded-crypto.ts'

test('what Yjs draws by itself comes from the seed during a simulation, and only then', async () => {
  const { Doc } = await import('yjs')
  const draw = (seed: number): string => withSeededCrypto(seed, () => drawHere())
  const drawHere = (): string => {
    const { clientID, guid } = new Doc()
    return `${clientID} ${guid}`
  }
  expect(draw(1)).toBe(draw(1))
  expect(draw(1)).not.toBe(draw(2))
  expect(drawHere()).not.toBe(drawHere())
})
