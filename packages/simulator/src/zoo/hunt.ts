import { Worker } from 'node:worker_threads'
import type { Bug } from './bug.ts'
import { bundle } from './bundle.ts'

/** How one seed failed; null: it holds. */
export type Sighting = { readonly property: string; readonly message: string } | null

/** What became of one bug. */
export interface Catch {
  readonly bug: Bug
  /** The first seed that showed it; null: none did. */
  readonly seed: number | null
  readonly property: string | null
  readonly message: string
  /** Seeds that failed before in a way that does not count: as nothing that the bug breaks, or without the bug too. */
  readonly passedOver: readonly string[]
  readonly ms: number
}

export interface HuntOptions {
  readonly firstSeed: number
  readonly seeds: number
  /** Aborted: the hunt ends with the seed that runs, and nothing is known of its bug. */
  readonly signal?: AbortSignal
}

/** One seed that takes longer is taken for one that never ends. */
const seedMsMax = 60_000

/** A program that runs seeds in a thread of its own. */
export interface Arena {
  run(seed: number): Promise<Sighting>
  close(): Promise<void>
}

export async function createArena(bugs: readonly Bug[]): Promise<Arena> {
  const program = await bundle(bugs)
  let worker: Worker | null = null
  return {
    async run(seed) {
      worker ??= new Worker(program, { eval: true, stderr: true })
      const sighting = await ask(worker, seed)
      if (sighting?.property !== 'exception') return sighting
      // What threw may have left anything behind.
      await worker.terminate()
      worker = null
      return sighting
    },
    close: async () => void (await worker?.terminate()),
  }
}

function ask(worker: Worker, seed: number): Promise<Sighting> {
  return new Promise((resolve) => {
    const done = (sighting: Sighting): void => {
      clearTimeout(timer)
      worker.off('message', done).off('error', threw)
      resolve(sighting)
    }
    const threw = (error: Error): void => done({ property: 'exception', message: String(error.stack) })
    const timer = setTimeout(() => done({ property: 'exception', message: 'never ends' }), seedMsMax)
    worker.on('message', done).on('error', threw)
    worker.postMessage(seed)
  })
}

/**
 * Runs seed after seed on the code with the bug until one shows it. `control` runs the code as it is: a seed that fails
 * there too shows nothing. Null: it was interrupted.
 */
export async function hunt(
  bug: Bug,
  control: Arena,
  { firstSeed, seeds, signal }: HuntOptions,
): Promise<Catch | null> {
  const startMs = performance.now()
  const passedOver: string[] = []
  const tell = (seed: number | null, sighting: Sighting): Catch => ({
    bug,
    seed,
    property: sighting?.property ?? null,
    message: sighting?.message ?? '',
    passedOver,
    ms: performance.now() - startMs,
  })
  let arena: Arena
  try {
    arena = await createArena([bug])
  } catch (error) {
    return { ...tell(null, null), message: `does not fit: ${String(error)}` }
  }
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      if (signal?.aborted) return null
      const sighting = await arena.run(seed)
      if (sighting === null) continue
      const counts = bug.breaks.includes(sighting.property) && (await control.run(seed)) === null
      if (counts) return tell(seed, sighting)
      passedOver.push(`${seed}: ${sighting.message.split('\n')[0]}`)
    }
    return tell(null, null)
  } finally {
    await arena.close()
  }
}
