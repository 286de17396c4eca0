import type { Cursor, Lineage, Seq } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Judgement } from '@tidemark/log'

/** Where a document's log stands, as far as a cursor is concerned. */
export interface LogPosition {
  readonly lineage: Lineage
  readonly floor: Seq
}

export type ResumeDecision =
  | { readonly kind: 'tail'; readonly after: Seq }
  | { readonly kind: 'snapshot' }
  /** The log holds all that the cursor stands for, and has been compacted beyond it: as `tail`, with a snapshot first. */
  | { readonly kind: 'overtaken' }
  /** `lossProven`: the log lost what it had acknowledged at this cursor. */
  | { readonly kind: 'resync'; readonly cursor: Cursor; readonly lossProven: boolean }
  | { readonly kind: 'other-lineage' }

/**
 * How a replica that stands at `cursor` goes on. `judgement`: the log's, of this cursor.
 *
 * What is not held is the sign of another past: a restored backup, a lost tail. Only if this log issued the cursor
 * itself is it a loss, and not an invention of the client's.
 */
export function decideResume(cursor: Cursor, log: LogPosition, judgement: Judgement): ResumeDecision {
  if (cursor.lineage !== log.lineage) return { kind: 'other-lineage' }
  switch (judgement) {
    case 'held':
      if (cursor.seq >= log.floor) return { kind: 'tail', after: cursor.seq }
      sometimes('a cursor is from before what the log still keeps as entries')
      return { kind: 'overtaken' }
    case 'lost':
      return { kind: 'resync', cursor, lossProven: true }
    case 'unknown':
      sometimes('nothing can be told of a cursor')
      return { kind: 'resync', cursor, lossProven: false }
  }
}
