import type { ClientRange } from './ranges.ts'

/** What an update would mean for a log that holds `known`. Clients are in the order of the bytes: those of structs descend. */
export type Inspection = AcceptedInspection | DuplicateInspection | GapInspection | RefusedInspection

/** The log may append the update, once `trim` has cut what it knows already (`overlap` is not `'none'`). */
export interface AcceptedInspection {
  readonly kind: 'accepted'
  /** The clocks the update carries content for: one range per client. What stands before a placeholder does not count. */
  readonly structs: readonly ClientRange[]
  /** The part of `structs` that the log lacks. Each range begins at the log's next clock of its client. */
  readonly adds: readonly ClientRange[]
  /** Every clock the update deletes. */
  readonly deletes: readonly ClientRange[]
  /** The part of `deletes` that the log lacks. */
  readonly newDeletes: readonly ClientRange[]
  /** Next clock per client that a log must have reached before this update can be read from it. */
  readonly dependencies: ReadonlyMap<number, number>
  /** How much of `structs` the log has already. `'all'`: only deletions are new. */
  readonly overlap: 'none' | 'some' | 'all'
  /** Where the delete set begins in the bytes. */
  readonly deletesOffset: number
}

/** Well-formed, and nothing in it is new: no clock, no deletion. */
export interface DuplicateInspection {
  readonly kind: 'duplicate'
}

/**
 * Well-formed, but it needs what the log lacks: `client`'s clocks from `has` up to and including `needs`. Also what an
 * honest replica sends of what it holds pending (`Skip` structs).
 */
export interface GapInspection {
  readonly kind: 'gap'
  readonly client: number
  readonly has: number
  readonly needs: number
  readonly message: string
}

/** Yjs would fail on it, now or on a later load, or it exceeds a limit. `offset` is where in the bytes. */
export interface RefusedInspection {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  readonly offset: number
  readonly message: string
}

export const refusalReasons = [
  'end-of-input', // the update ends in the middle of something, or announces more than its bytes can hold
  'trailing-bytes',
  'number-too-large', // above 2^53 - 1
  'number-overlong', // a number in more bytes than it needs
  'clock-too-large', // above 2^48
  'client-order', // clients not strictly descending
  'empty-section', // a client without structs, or without deletions
  'struct-kind', // no struct of Yjs has this kind, or flags where there are none
  'empty-struct', // a struct of length 0
  'parent-info', // neither 0 nor 1
  'root-name', // longer than the limit
  'own-future', // refers to a clock of its own client that is not before it
  'origin-is-right-origin',
  'cycle', // structs of several clients that wait for each other
  'text', // not UTF-8
  'json', // does not parse, or does not survive being written again
  'value', // not a value of lib0's encoding, or one that does not survive being written again
  'type', // no shared type of Yjs
  'subdocument', // options of a sub-document that are no object
  'delete-order', // ranges of the delete set that overlap or do not ascend, or a client twice
  'empty-delete', // a delete range of length 0
  'too-deep', // JSON or values nested deeper than the limit
  'too-many-structs',
  'too-many-deletes',
] as const

export type RefusalReason = (typeof refusalReasons)[number]
