import type { DocumentId, Lineage, Seq } from '@tidemark/base'
import type { Append, LogState, Receipt, Snapshot } from './update-log.ts'

/** Rows that one `trim` or `sweep` deletes: a few milliseconds, in which appends wait. */
export const rowsDeletedMax = 250

/** One change to the log, as it waits for its commit. Writes take effect in the order in which they were asked for. */
export type Write = AppendWrite | OtherWrite

export interface AppendWrite {
  readonly kind: 'append'
  readonly document: DocumentId
  readonly append: Append
}

export type OtherWrite =
  | { readonly kind: 'create'; readonly document: DocumentId; readonly lineage: Lineage }
  | {
      readonly kind: 'snapshot'
      readonly document: DocumentId
      readonly lineage: Lineage
      readonly snapshot: Snapshot
    }
  | {
      /** Deletes the next few entries up to `through`. */
      readonly kind: 'trim'
      readonly document: DocumentId
      readonly lineage: Lineage
      readonly through: Seq
      /** `through` was already cut down to what the previous snapshot covers. */
      readonly covered: boolean
    }
  | { readonly kind: 'delete'; readonly document: DocumentId }
  /** Removes a few of the rows that deleted documents have left. */
  | { readonly kind: 'sweep' }

/** What became of a write whose transaction was committed. */
export type Outcome = OtherOutcome | { readonly kind: 'appended'; readonly receipt: Receipt }

export type OtherOutcome =
  | { readonly kind: 'refused'; readonly code: 'log/conflict' | 'log/corrupt'; readonly message: string }
  | { readonly kind: 'created'; readonly state: LogState }
  /** `through`: how far the next trim may go; equal to `floor` when there is nothing left to do. */
  | { readonly kind: 'trimmed'; readonly floor: Seq; readonly through: Seq }
  | { readonly kind: 'swept'; readonly more: boolean }
  | { readonly kind: 'done' }
