import { compact, differences, digestOf } from './replay.ts'
import type { Replayer } from './replayer.ts'

/** A replayer on this thread, for tests and simulations: same jobs, no worker, no time limit. */
export function createInlineReplayer(): Replayer {
  return {
    compact: async (job) => compact(job),
    differences: async (job) => differences(job),
    digest: async (source) => digestOf(source),
    close: async () => {},
  }
}
