import type { DocumentId, ErrorCode, Principal, Seq } from '@tidemark/base'
import type { Dialect } from './ports.ts'

/**
 * What the operator of a relay may want to see, count or be woken for. Public facts in the past tense; nothing in the
 * relay depends on who listens.
 */
export type RelayEvent =
  | { readonly type: 'connection-opened'; readonly dialect: Dialect; readonly address: string }
  | {
      readonly type: 'connection-closed'
      readonly dialect: Dialect
      readonly address: string
      readonly code: ErrorCode | null
    }
  | {
      readonly type: 'access-refused'
      readonly document: DocumentId
      readonly code: ErrorCode
      readonly message: string
    }
  /** A decision of `authorize` that could not be used, or an exception from it. */
  | { readonly type: 'authorize-failed'; readonly document: DocumentId; readonly message: string }
  | { readonly type: 'document-created'; readonly document: DocumentId; readonly principal: Principal }
  | {
      readonly type: 'update-refused'
      readonly document: DocumentId
      readonly principal: Principal
      readonly code: ErrorCode
      readonly message: string
    }
  /** A presence id belongs to another principal's live session. */
  | {
      readonly type: 'presence-ignored'
      readonly document: DocumentId
      readonly principal: Principal
      readonly id: number
    }
  /** A reader proved that the log lost acknowledged entries, and gives back what it has. */
  | {
      readonly type: 'loss-proven'
      readonly document: DocumentId
      readonly principal: Principal
      readonly seq: Seq
      readonly head: Seq
    }
  /** Appends were refused and the document's state was read again from the log. */
  | {
      readonly type: 'document-recovered'
      readonly document: DocumentId
      readonly code: ErrorCode
      readonly head: Seq
    }
  | { readonly type: 'log-full'; readonly document: DocumentId; readonly message: string }
  | { readonly type: 'document-halted'; readonly document: DocumentId; readonly message: string }
  | {
      readonly type: 'document-compacted'
      readonly document: DocumentId
      readonly seq: Seq
      readonly floor: Seq
      readonly bytes: number
    }
  /** Nothing is lost: the log keeps its entries. */
  | { readonly type: 'compaction-failed'; readonly document: DocumentId; readonly message: string }
  /** Yjs could not make the document that somebody asked for, or not in time. */
  | { readonly type: 'replay-failed'; readonly document: DocumentId; readonly message: string }
  /** A replica's content differs from the log's at the same seq. */
  | {
      readonly type: 'divergence-found'
      readonly document: DocumentId
      readonly principal: Principal
      readonly seq: Seq
    }
  | { readonly type: 'replayer-restarted'; readonly message: string }
  /** The log failed for good: the process must exit non-zero. */
  | { readonly type: 'failed'; readonly message: string }
