import type { Check, Cursor, Lineage, Seq } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'

/** Where a document's log stands, as far as a cursor is concerned. */
export interface LogPosition {
  readonly lineage: Lineage
  readonly head: Seq
  readonly floor: Seq
  issued(cursor: Cursor): boolean
}

export type ResumeDecision =
  | { readonly kind: 'tail'; readonly after: Seq }
  | { readonly kind: 'snapshot' }
  /** `lossProven`: the log lost what it had acknowledged at this cursor. */
  | { readonly kind: 'resync'; readonly cursor: Cursor; readonly lossProven: boolean }
  | { readonly kind: 'other-lineage' }

/**
 * How a replica that stands at `cursor` goes on. `check`: the log's at the cursor's seq, null when it does not know it.
 *
 * A check that differs, or a seq beyond the head, is the sign of another past: a restored backup, a lost tail. Only if
 * this log issued the cursor itself is it a loss, and not an invention of the client's.
 */
export function decideResume(cursor: Cursor | null, log: LogPosition, check: Check | null): ResumeDecision {
  if (cursor === null) return { kind: 'snapshot' }
  if (cursor.lineage !== log.lineage) return { kind: 'other-lineage' }
  if (check === cursor.check && cursor.seq >= log.floor) return { kind: 'tail', after: cursor.seq }
  if (check !== null && check !== cursor.check) sometimes('a cursor belongs to another past of its log')
  else if (cursor.seq > log.head) sometimes('a cursor is beyond the head of its log')
  else sometimes('a cursor is from before what the log still knows')
  const missing = cursor.seq > log.head || (check !== null && check !== cursor.check)
  return { kind: 'resync', cursor, lossProven: missing && log.issued(cursor) }
}
