import type { Check, Cursor, Seq } from '@tidemark/base'
import { epochOf, isIssued } from './check.ts'
import type { Epoch } from './epochs.ts'

/**
 * What a log can tell of a cursor of its lineage.
 *
 * - `held`: all that the cursor stands for is in this log, as entries or in a snapshot.
 * - `lost`: this store issued it, for entries that are not in this log, or not any more: proof of a loss.
 * - `unknown`: neither can be shown.
 */
export type Judgement = 'held' | 'lost' | 'unknown'

/** What a log knows of its own history at one seq. */
export interface HistoryAt {
  readonly head: Seq
  /** Null when neither an entry nor a snapshot is kept there. */
  readonly check: Check | null
  /** Null when it is forgotten. */
  readonly epoch: Epoch | null
}

/** Judges a cursor by what the log of its lineage knows at its seq; null: there is no such log. */
export function judgeCursor(secret: Uint8Array, cursor: Cursor, log: HistoryAt | null): Judgement {
  if (log !== null && log.check === cursor.check) return 'held'
  if (!isIssued(secret, cursor)) return 'unknown'
  if (log === null || log.check !== null || cursor.seq > log.head) return 'lost'
  if (log.epoch === null) return 'unknown'
  return log.epoch === epochOf(cursor.check) ? 'held' : 'lost'
}
