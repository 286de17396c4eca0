import { crc32 } from 'node:zlib'
import type { Random, RandomBytes } from '@tidemark/base'

/**
 * A seeded generator (sfc32: 128 bits of state, passes PractRand; published by Chris Doty-Humphrey) with the draws that
 * a world needs. Everything drawn in a simulation comes from one of these, so a seed is the whole story.
 */
export class SeededRandom {
  #a: number
  #b: number
  #c: number
  #counter = 1
  readonly #seed: number
  readonly #stream: string

  constructor(seed: number, stream = '') {
    this.#seed = seed
    this.#stream = stream
    this.#a = seed | 0
    this.#b = hashText(stream)
    this.#c = Math.imul(seed, 0x9e3779b1) | 0
    // The first outputs still show the seed's pattern.
    for (let i = 0; i < 12; i++) this.word()
  }

  /** 32 random bits as an unsigned integer. */
  word(): number {
    const out = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0
    return out >>> 0
  }

  /** In [0, 1). */
  readonly next: Random = () => this.word() / 4294967296

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** In [least, most). */
  between(least: number, most: number): number {
    return least + this.next() * (most - least)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** Times between events that happen once in `meanMs` on average and know no past. */
  interval(meanMs: number): number {
    return -Math.log(1 - this.next()) * meanMs
  }

  readonly bytes: RandomBytes = (length) => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.word() >>> 24
    return bytes
  }

  /** A stream of its own: drawing more from one fork does not move what another draws. */
  fork(stream: string): SeededRandom {
    return new SeededRandom(this.word(), stream)
  }

  /** A stream known by its name alone: the same whatever was drawn from this one before, and moving nothing in it. */
  named(stream: string): SeededRandom {
    return new SeededRandom(this.#seed, `${this.#stream}/${stream}`)
  }
}

/** FNV-1a over code units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

const fewBytes = 64

/** FNV-1a over a few bytes; of many a CRC-32, which is native code: a tenth of the time. */
export function hashBytes(bytes: Uint8Array): number {
  if (bytes.length > fewBytes) return crc32(bytes)
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash
}
