// An editing trace in the formats of the public collection josephg/editing-traces.

/** Position, characters deleted there, text inserted there. Positions count UTF-16 units here. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export interface SequentialTxn {
  readonly patches: readonly Patch[]
}

/** One author. The patches of a transaction apply one after the other. */
export interface SequentialTrace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly SequentialTxn[]
}

export interface ConcurrentTxn extends SequentialTxn {
  /** Indexes of transactions: this one was made on their merge. */
  readonly parents: readonly number[]
  readonly agent: number
}

/**
 * Several authors. Where two of them insert at the same place at the same time, the lower agent's text stands first, as
 * Yjs orders it by client id: replicas come to `endContent` when their client ids ascend as the agents do.
 */
export interface ConcurrentTrace {
  readonly endContent: string
  readonly numAgents: number
  readonly txns: readonly ConcurrentTxn[]
}
