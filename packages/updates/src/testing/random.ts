import type { Random } from '@tidemark/base'

/** Numbers in [0, 1) that depend on the seed alone: the mixing step of MurmurHash3 over a counter. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}

/** An integer from 0 to `limit - 1`; 0 when `limit` is 0. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  if (choices.length === 0) throw new RangeError('nothing to pick from')
  return choices[below(random, choices.length)] as T
}

export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = below(random, i + 1)
    const item = shuffled[i] as T
    shuffled[i] = shuffled[j] as T
    shuffled[j] = item
  }
  return shuffled
}

const letters = [...'abcdefghijklmnopqrstuvwxyz     ABC012,.éßøñ漢字かな']

/** Text of one to `lengthMax` characters of one to three bytes each, none of which is two UTF-16 units. */
export function wordOf(random: Random, lengthMax: number): string {
  return Array.from({ length: 1 + below(random, lengthMax) }, () => pick(random, letters)).join('')
}
