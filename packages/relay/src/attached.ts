import { type Cursor, type ErrorCode, type Principal, TidemarkError } from '@tidemark/base'
import type { Commit } from './commit.ts'
import type { PresenceChange } from './presence-change.ts'

/** Why a session ends or a push is refused. `retryAfterMs` null: trying again is useless. */
export interface Ended {
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs: number | null
}

/** A session, as its document sees it. It may detach itself, or others of its connection, in any of these calls. */
export interface Attached {
  readonly principal: Principal
  /** Where its replica stands, as it says; null when it says nothing. */
  readonly cursor: Cursor | null
  /** It is sent the stored snapshot first, if there is one. */
  readonly beginsWithSnapshot: boolean
  /** It drops participants of whom it has heard nothing for 30 s: they have to be told again before. */
  readonly forgetsPresence: boolean
  /** The document is in memory and can be read and appended to. Called once, or never when it ends before. */
  documentOpened(): void
  /** The document cannot serve this session any longer. It is detached already. */
  documentEnded(ended: Ended): void
  /** Something became durable. */
  committed(commit: Commit<Attached>): void
  /** A push that was admitted could not be appended. `bytes`: as `PushOutcome` counted them. */
  refused(batch: number, bytes: number, ended: Ended): void
  /** Updates of whomever were admitted and are not stored: a state vector that was given since may claim too much. */
  admittedInVain(ended: Ended): void
  /** After `admittedInVain`: the document stands where the log does again. Not called when it ends instead. */
  recovered(): void
  presenceChanged(change: PresenceChange): void
  /** It asked to be told, at the end of the turn, what it does not know of who is there. */
  presenceDue(): void
}

/** An error of a port, as a client may see it. */
export function endedBy(error: TidemarkError, retryAfterMs: number): Ended {
  return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs ?? retryAfterMs }
}

export const tooManyDocuments: Ended = {
  code: 'relay/overloaded',
  message: 'too many documents are open',
  retryAfterMs: 10_000,
}

export function asTidemarkError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error
  return new TidemarkError('relay/internal', String(error), { cause: error })
}

/** How long a client keeps what could not be stored before it sends it again. */
export const refusedRetryMs = 5_000

export function halted(retryAfterMs: number): Ended {
  return { code: 'document/halted', message: 'the stored document is damaged', retryAfterMs }
}
