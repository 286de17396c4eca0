import type { DocumentId, ErrorCode, Seq } from '@tidemark/base'
import type { Append, LogState, Receipt, Snapshot } from '@tidemark/log'
import type { Process } from '../world/process.ts'
import type { Rot } from './rot.ts'

/** What watches the relay's disk: called at the moment at which something becomes durable, whoever may hear of it. */
export interface LogWitness {
  created?(document: DocumentId, state: LogState): void
  appended?(document: DocumentId, append: Append, receipt: Receipt): void
  snapshotWritten?(document: DocumentId, snapshot: Snapshot): void
  trimmed?(document: DocumentId, floor: Seq): void
  /** Other bytes lie somewhere than were written there. */
  rotted?(rot: Rot): void
  /** A process is being told that the disk is full, has failed, or gave bytes that cannot be believed. */
  refused?(process: Process, refusal: DiskRefusal): void
}

export interface DiskRefusal {
  readonly code: ErrorCode & ('log/full' | 'log/failed' | 'log/corrupt')
  readonly document: DocumentId | null
  /** What the process had asked for. */
  readonly what: string
}

/**
 * The one witness that tells what is durable. What it knows at the moment of a copy belongs to the copy: no store is
 * asked what it holds, since it may be damaged.
 */
export interface LogMemory<M> extends LogWitness {
  /** What an empty disk holds. */
  readonly nothing: M
  remember(): M
  /** The disk is that copy from now on. Called while the disk still is what it was. */
  restored(memory: M): void
}
