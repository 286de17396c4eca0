import type { Cursor, Lineage } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { CursorMove } from './replica-store.ts'

/** Whether the replica that writes belongs to another history than what is stored. No lineage fits to every one. */
export function isOtherLineage(stored: Lineage | null, writer: Lineage | null): boolean {
  return stored !== null && writer !== null && stored !== writer
}

/**
 * Compare-and-set: what a move does to the stored cursor.
 *
 * A store that is ahead is never touched, whatever its check: its own data and cursor are true together, and if they
 * belong to a history that the relay has lost, the check finds out at the next connection.
 */
export function decideMove(stored: Cursor | null, { after }: CursorMove): 'move' | 'skip' | 'gap' {
  // Everything up to seq 0 is nothing: every store holds it.
  if (!stored) return after && after.seq > 0 ? 'gap' : 'move'
  if (!after || stored.seq > after.seq) {
    sometimes('the device is ahead of the tab that writes')
    return 'skip'
  }
  return stored.seq === after.seq && stored.check === after.check ? 'move' : 'gap'
}
