import type { Random } from '@tidemark/base'
import { reconnectMsMax, reconnectMsMin } from './limits.ts'

export interface Backoff {
  /** Milliseconds until the next try. */
  failed(): number
  succeeded(): void
}

/** Full jitter: after a relay restarts, thousands of replicas must not return in step. */
export function createBackoff(random: Random): Backoff {
  let ceilingMs = reconnectMsMin
  return {
    failed() {
      const delayMs = random() * ceilingMs
      ceilingMs = Math.min(reconnectMsMax, ceilingMs * 2)
      return delayMs
    },
    succeeded() {
      ceilingMs = reconnectMsMin
    },
  }
}
