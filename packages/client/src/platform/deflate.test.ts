import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { DamagedError, deflate, inflate } from './deflate.ts'

const roomy = 2 ** 30

test.each([0, 1, 65_536, 65_537, 200_000])('%d bytes come back as they were', async (size) => {
  const bytes = new Uint8Array(randomBytes(size))
  expect(await inflate(await deflate(bytes, setImmediate), roomy)).toEqual(bytes)
})

test('what is alike shrinks', async () => {
  const packed = await deflate(new Uint8Array(1_000_000), setImmediate)
  expect(packed.length).toBeLessThan(2_000)
  expect(await inflate(packed, 1_000_000)).toHaveLength(1_000_000)
})

test('what expands beyond the limit is refused', async () => {
  const packed = await deflate(new Uint8Array(100_000_000), setImmediate)
  await expect(inflate(packed, 1_000_000)).rejects.toThrow('it expands without end')
})

test.each([
  ['cut off', (bytes: Uint8Array) => bytes.subarray(0, -1)],
  ['nothing that was ever packed', () => new Uint8Array(1_000).fill(255)],
  ['empty', () => new Uint8Array()],
])('what is damaged is refused: %s', async (_name, damaged) => {
  const packed = await deflate(new Uint8Array(randomBytes(100_000)), setImmediate)
  await expect(inflate(damaged(packed), roomy)).rejects.toThrow(DamagedError)
})
