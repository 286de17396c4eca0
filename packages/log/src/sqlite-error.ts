import { TidemarkError } from '@tidemark/base'

/**
 * What an error of SQLite means to the log (https://sqlite.org/rescode.html):
 * - `full`: no space; the transaction was rolled back, and works again when there is space.
 * - `busy`: somebody else holds a lock; the transaction was rolled back.
 * - `corrupt`: pages that make no sense.
 * - `failed`: anything else, above all an I/O error. What reached the disk is unknown, and after a failed fsync a later
 *   one may report success for data that is gone: nothing may be retried.
 */
export type SqliteFailure = 'full' | 'busy' | 'corrupt' | 'failed'

const busy = 5
const locked = 6
const corrupt = 11
const full = 13

export function sqliteFailureOf(error: unknown): SqliteFailure {
  // Extended codes carry the primary one in their low byte.
  switch (errcodeOf(error) & 0xff) {
    case full:
      return 'full'
    case busy:
    case locked:
      return 'busy'
    case corrupt:
      return 'corrupt'
    default:
      return 'failed'
  }
}

/** The error as the callers of the log know it, with SQLite's own words. */
export function tidemarkErrorOf(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error
  const cause = error instanceof Error ? error : new Error(String(error))
  const message = `SQLite: ${cause.message} (${errcodeOf(error)})`
  switch (sqliteFailureOf(error)) {
    case 'full':
      return new TidemarkError('log/full', message, { cause, retryAfterMs: retryWhenFullMs })
    case 'busy':
      return new TidemarkError('relay/overloaded', message, { cause, retryAfterMs: retryWhenBusyMs })
    case 'corrupt':
      return new TidemarkError('log/corrupt', message, { cause })
    case 'failed':
      return new TidemarkError('log/failed', message, { cause })
  }
}

/** Space comes back by somebody's hand: seconds are soon enough. */
const retryWhenFullMs = 2000

export const retryWhenBusyMs = 500

function errcodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
}
