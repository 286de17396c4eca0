import { webcrypto } from 'node:crypto'
import { hashText, SeededRandom } from './seeded-random.ts'

/**
 * Yjs draws client ids and guids from `crypto.getRandomValues`, which lib0 binds when it is loaded: this module must be
 * loaded before. During a simulation they come from a seeded stream; outside nothing changes.
 */
const real = webcrypto.getRandomValues.bind(webcrypto)
let drawn: SeededRandom | null = null

webcrypto.getRandomValues = (array) => {
  if (drawn === null) return real(array)
  if (array instanceof Uint32Array) for (let i = 0; i < array.length; i++) array[i] = drawn.word()
  else if (array instanceof Uint8Array) array.set(drawn.bytes(array.length))
  else throw new TypeError('nobody drew these before: say how they are made from a seed')
  return array
}

/** Runs `run` with what Yjs draws by itself made from `seed`. */
export function withSeededCrypto<T>(seed: number, run: () => T): T {
  drawn = new SeededRandom(seed ^ hashText('crypto'))
  try {
    return run()
  } finally {
    drawn = null
  }
}
