import type { RelayLimits, RelayStats } from '@tidemark/relay'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/** What the relay says of itself grows slowly: looking at it now and then is enough. */
const lookEverySteps = 100

/**
 * S13: every queue stays within its limit. What passes the relay's ports is measured there as it passes (`Meter`); here
 * is what only the relay itself can tell.
 */
export function createBounded(scene: Scene): Checker {
  return {
    afterStep() {
      if (scene.world.steps % lookEverySteps > 0) return
      const stats = scene.relay.stats()
      if (stats !== null) requireBounded(stats, scene.relayLimits)
    },
  }
}

function requireBounded(stats: RelayStats, limits: RelayLimits): void {
  const { connections, documents, sessions, inFlightBytes, tailBytes } = stats
  const bounds: readonly (readonly [what: string, value: number, max: number])[] = [
    ['sessions', sessions, connections * limits.sessionsMax],
    // One update that is larger than all room may travel alone.
    ['bytes in flight', inFlightBytes, documents * Math.max(limits.inFlightBytesMax, limits.updateBytesMax)],
    ['bytes of recent entries', tailBytes, documents * limits.tailBytesMax],
  ]
  for (const [what, value, max] of bounds)
    if (value > max) throw new Violation('S13', `the relay has ${value} ${what}, at most ${max}`)
}
