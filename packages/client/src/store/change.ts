import type { Cursor, Lineage } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { CursorMove, Incarnation, ReplicaChange, StoredUpdate, Written } from './replica-store.ts'

/** What a store holds of a document beside updates and outbox. */
export interface DocumentRecord {
  readonly incarnation: Incarnation
  readonly lineage: Lineage | null
  readonly cursor: Cursor | null
}

/** What a change makes of what is stored. */
export interface Decision {
  readonly outcome: Written['outcome']
  /** Of what is stored afterwards. */
  readonly incarnation: Incarnation | null
  /** Null: nothing of the change may be stored. */
  readonly record: DocumentRecord | null
  /** The stored updates belong to another history than the writer. */
  readonly isOther: boolean
  readonly added: readonly StoredUpdate[]
  /** Keys of updates that go. */
  readonly gone: readonly number[]
}

/** `fresh` names what is stored when nothing was. */
export function decideChange(
  stored: DocumentRecord | null,
  change: ReplicaChange,
  fresh: Incarnation,
): Decision {
  const { kind, incarnation } = change
  const record = stored ?? { incarnation: fresh, lineage: null, cursor: null }
  const isOther = isOtherLineage(record.lineage, change.lineage) || leavesHistory(record, change)
  const isWiped = incarnation !== null && incarnation !== stored?.incarnation
  const refusal = isWiped ? 'wiped' : isOther && kind !== 'replace' ? 'other-lineage' : null
  const move = kind === 'append' ? change.move && decideMove(record.cursor, change.move) : null
  const next = kind === 'append' ? change.move : change
  const cursor = move === 'skip' || move === 'gap' ? null : next?.cursor
  return {
    outcome: refusal ?? (move === 'gap' ? 'gap' : 'written'),
    incarnation: refusal ? (stored?.incarnation ?? null) : record.incarnation,
    record: refusal
      ? null
      : { ...record, lineage: change.lineage ?? record.lineage, cursor: cursor ?? record.cursor },
    isOther,
    added: kind === 'append' ? change.updates : [change.state],
    gone: kind === 'whole' ? change.contained : [],
  }
}

/** Whether the replica that writes belongs to another history than what is stored. No lineage fits to every one. */
function isOtherLineage(stored: Lineage | null, writer: Lineage | null): boolean {
  return stored !== null && writer !== null && stored !== writer
}

/**
 * The writer comes from a history that is no more, and the storage has not heard of any. What other pages stored there the
 * writer may have shown and set aside with its own: what is left would build on that, and fit nowhere.
 */
function leavesHistory({ lineage }: DocumentRecord, change: ReplicaChange): boolean {
  return lineage === null && change.kind === 'replace' && !change.rebuilt
}

/**
 * Compare-and-set: what a move does to the stored cursor.
 *
 * A store that is ahead is never touched, whatever its check: its own data and cursor are true together, and if they
 * belong to a history that the relay has lost, the check finds out at the next connection.
 */
function decideMove(stored: Cursor | null, { after }: CursorMove): 'move' | 'skip' | 'gap' {
  // Everything up to seq 0 is nothing: every store holds it.
  if (!stored) return after && after.seq > 0 ? 'gap' : 'move'
  if (!after || stored.seq > after.seq) {
    sometimes('the device is ahead of the tab that writes')
    return 'skip'
  }
  return stored.seq === after.seq && stored.check === after.check ? 'move' : 'gap'
}
