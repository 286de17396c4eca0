import type { Check, Seq } from '@tidemark/base'
import type { SnapshotEncoding } from '@tidemark/protocol'

/**
 * The work that needs a Yjs document, kept off the relay's hot path and, in production, off its thread.
 *
 * Every job is given all it needs and leaves nothing behind. Rejections: TidemarkError `relay/overloaded` (the queue is
 * full, or the job took longer than it may; nothing was changed), `log/corrupt` (the bytes do not make a document).
 */
export interface Replayer {
  /** A snapshot of the document at the last entry, verified against what it was made from. */
  compact(job: CompactJob): Promise<CompactedSnapshot>
  /** One update per state vector, with what its holder lacks, in the same order. */
  differences(job: DifferencesJob): Promise<readonly Uint8Array[]>
  /** The content digest of the document. */
  digest(source: ReplaySource): Promise<Uint8Array>
  close(): Promise<void>
}

/** A document in the form that the log keeps: a snapshot, and the entries that follow it. */
export interface ReplaySource {
  /** null: the entries begin at seq 1. */
  readonly snapshot: SnapshotSource | null
  readonly entries: PackedEntries
}

export interface SnapshotSource {
  readonly seq: Seq
  /** See summary.ts. */
  readonly summary: Uint8Array
  /** A Yjs V2 update, compressed with raw DEFLATE. */
  readonly body: Uint8Array
}

/** Many updates in one buffer: thousands of small arrays are slow to hand to another thread. */
export interface PackedEntries {
  readonly bytes: Uint8Array
  /** Where each update ends in `bytes`. */
  readonly ends: Uint32Array
  /** The author of each, in the form of author.ts. */
  readonly authors: readonly string[]
}

export type CompactJob = ReplaySource & {
  readonly seq: Seq
  readonly check: Check
  readonly bytesMax: number
}

export interface CompactedSnapshot {
  readonly summary: Uint8Array
  readonly body: Uint8Array
}

export type DifferencesJob = ReplaySource & {
  readonly stateVectors: readonly Uint8Array[]
  readonly encoding: SnapshotEncoding
}
