import type { SeededRandom } from '@tidemark/simulator/oracle'
import type { Stage } from '../stage.ts'

/**
 * Something that befalls the relay's disk. S14: it is masked, repaired, or halts its smallest scope and is told; whoever
 * strikes looks whether that is so, and throws a Violation when it is not. Resolves with the relay running, on a disk
 * that is in order.
 */
export interface DiskFaultKind {
  /** Nothing else befalls the relay meanwhile: it is said how it must end, or that it must not. */
  readonly ownsRelay: boolean
  /** `forMs`: how long the round lasts. `over`: it is over. False when there was nothing to strike. */
  strike(stage: Stage, forMs: number, random: SeededRandom, over: AbortSignal): Promise<boolean>
}
