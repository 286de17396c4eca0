import type { SeededRandom } from './seeded-random.ts'

/**
 * Yjs draws client ids and guids from `crypto.getRandomValues`, which lib0 binds when it is first imported. So a switch
 * is put in its place before that (this module must be imported before anything that imports Yjs), and a simulation
 * turns it to its own seeded source while it runs.
 */
let source: SeededRandom | null = null

const realGetRandomValues = crypto.getRandomValues.bind(crypto)

Object.defineProperty(crypto, 'getRandomValues', {
  configurable: true,
  value: <T extends ArrayBufferView>(array: T): T => {
    if (source === null) return realGetRandomValues(array as never)
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(source.bytes(array.byteLength))
    return array
  },
})

/** What an engine must be given and may not take: a call of one of these during a simulation is a bug. */
const forbidden: readonly [object, string][] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
]

/** Runs `run` with Yjs's randomness taken from `random`, and with real time and randomness out of reach. */
export function inVirtualWorld<T>(random: SeededRandom, run: () => T): T {
  const restore = forbidden.map(([holder, name]) => forbid(holder as Record<string, unknown>, name))
  source = random
  try {
    return run()
  } finally {
    source = null
    for (const each of restore) each()
  }
}

function forbid(holder: Record<string, unknown>, name: string): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error(`${name} was called inside a simulation: time and randomness are passed in`)
    },
  })
  return () => {
    if (descriptor === undefined) delete holder[name]
    else Object.defineProperty(holder, name, descriptor)
  }
}
