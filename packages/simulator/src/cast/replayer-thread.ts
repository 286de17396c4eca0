import type { createInlineReplayer } from '@tidemark/relay'
import type { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

type Replayer = ReturnType<typeof createInlineReplayer>

/**
 * A replayer on a thread of its own: what is asked for waits for what was asked for before, and takes `jobMs` on average.
 * It is told of the world as it was when it was asked; meanwhile that goes on.
 */
export function createReplayerThread(
  replayer: Replayer,
  process: Process,
  random: SeededRandom,
  jobMs: number,
): Replayer {
  if (jobMs === 0) return replayer
  let last: Promise<void> = Promise.resolve()

  async function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const before = last
    const done = before.then(() => passed(random.between(0.5, 1.5) * jobMs))
    last = done
    await done
    return job()
  }

  function passed(ms: number): Promise<void> {
    return new Promise((resolve) => void process.after(ms, 'replayed', resolve))
  }

  return {
    compact: (job) => inTurn(() => replayer.compact(job)),
    differences: (job) => inTurn(() => replayer.differences(job)),
    digest: (source) => inTurn(() => replayer.digest(source)),
    close: () => replayer.close(),
  }
}
