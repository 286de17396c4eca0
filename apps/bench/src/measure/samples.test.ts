import { expect, it } from 'vitest'
import { median, Samples } from './samples.ts'

function samplesOf(values: readonly number[]): Samples {
  const samples = new Samples()
  for (const value of values) samples.add(value)
  return samples
}

it.each([
  [[7], 0.5, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 3, 2, 1], 0.5, 2],
  [[4, 3, 2, 1], 0.51, 3],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 10],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0, 1],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1, 10],
])('of %j the %d percentile is %d, by nearest rank', (values, part, expected) => {
  expect(samplesOf(values).percentile(part)).toBe(expected)
})

it('there is room for many, and asking between does not end it', () => {
  const samples = new Samples()
  for (let value = 100_000; value > 0; value--) {
    samples.add(value)
    if (value === 50_000) expect(samples.percentile(1)).toBe(100_000)
  }
  expect([samples.count, samples.percentile(0.5), samples.percentile(0.001)]).toEqual([100_000, 50_000, 100])
})

it('nothing has no percentile', () => {
  expect(new Samples().percentile(0.5)).toBeNaN()
})

it.each([
  [[5], 5],
  [[1, 9, 2], 2],
  [[1, 2, 3, 10], 2.5],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})
