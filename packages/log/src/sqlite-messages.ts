import { type DocumentId, type ErrorCode, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import type { Batch, BatchOutcome } from './batch.ts'
import type { Epoch } from './epochs.ts'
import type { Durability } from './sqlite-schema.ts'

// What passes between a SqliteLog and its two threads.

export interface WriterStart {
  readonly folder: string
  readonly durability: Durability
  /** The store's secret, if it has none yet. */
  readonly newSecret: Uint8Array
  /** Of this opening (epochs.ts). */
  readonly epoch: Epoch
  /** Null: as large as the disk allows. */
  readonly databaseBytesMax: number | null
}

export type WriterRequest =
  | { readonly kind: 'commit'; readonly batch: Batch }
  /** Do one small piece of housekeeping. */
  | { readonly kind: 'tidy' }
  | { readonly kind: 'close' }

export type WriterReply =
  | { readonly kind: 'ready'; readonly secret: Uint8Array }
  | { readonly kind: 'committed'; readonly outcome: BatchOutcome }
  /** Nothing of the batch happened, or (`log/failed`) nobody knows. */
  | { readonly kind: 'not-committed'; readonly error: PlainError }
  | { readonly kind: 'tidied'; readonly more: boolean }
  /** The log cannot be opened, or can no longer be used. */
  | { readonly kind: 'failed'; readonly error: PlainError }

export interface ReaderStart {
  readonly folder: string
}

export type ReaderQuestion =
  | { readonly kind: 'load'; readonly document: DocumentId }
  | {
      readonly kind: 'page'
      readonly document: DocumentId
      readonly after: Seq
      readonly bytesMax: number
    }
  | { readonly kind: 'snapshot'; readonly document: DocumentId }
  | {
      readonly kind: 'history'
      readonly document: DocumentId
      readonly lineage: Lineage
      readonly seq: Seq
    }
  | { readonly kind: 'list'; readonly after: DocumentId | null; readonly limit: number }

export type ReaderRequest =
  /** The database exists: open it, before somebody waits for an answer. */
  | { readonly kind: 'open' }
  | { readonly kind: 'question'; readonly id: number; readonly question: ReaderQuestion }
  | { readonly kind: 'close' }

export type ReaderReply =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError }

/** An error between threads: structured cloning would keep neither class nor code. */
export interface PlainError {
  readonly code: ErrorCode | 'RangeError'
  readonly message: string
  readonly retryAfterMs: number | null
}

export function errorOf({ code, message, retryAfterMs }: PlainError): TidemarkError {
  return new TidemarkError(code === 'RangeError' ? 'relay/internal' : code, message, { retryAfterMs })
}
