import { expect, test } from 'vitest'
import { epochAt, epochsMax, withEpoch } from './epochs.ts'

const none: Uint8Array = new Uint8Array(0)
const [a, b, c] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']

test('the format stands for ever: golden epochs', () => {
  const epochs = withEpoch(withEpoch(none, 1, a), 4, b)
  expect(Buffer.from(epochs).toString('hex')).toBe('3ff0000000000000aaaaaaaa4010000000000000bbbbbbbb')
})

test('an epoch is in force from its first seq to that of the next', () => {
  const epochs = withEpoch(withEpoch(withEpoch(none, 1, a), 4, b), 6, c)
  const found = [0, 1, 3, 4, 5, 6, 2 ** 40].map((seq) => epochAt(epochs, seq))
  expect(found).toEqual([null, a, a, b, b, c, c])
})

test('entries from before there were epochs have one that no opening draws for them', () => {
  const epochs = withEpoch(none, 4, a)
  expect([3, 4].map((seq) => epochAt(epochs, seq))).toEqual(['00000000', a])
})

test('the oldest make room, and are unknown then', () => {
  let epochs = none
  for (let first = 1; first <= epochsMax + 1; first++) epochs = withEpoch(epochs, first, a)
  expect(epochs.length).toBe(epochsMax * 12)
  expect([1, 2].map((seq) => epochAt(epochs, seq))).toEqual([null, a])
})
