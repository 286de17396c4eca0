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
const readOnly = 8
const corrupt = 11
const full = 13
const cannotOpen = 14

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
  const errcode = errcodeOf(error)
  const message = errcode === 0 ? cause.message : `SQLite: ${cause.message} (${errcode})`
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

/** What keeps a log from being opened, with the place and the cure. `log/locked` and `log/unsafe` have their own words. */
export function openingErrorOf(error: unknown, folder: string): TidemarkError {
  if (error instanceof TidemarkError) return error
  const { code, message, retryAfterMs } = tidemarkErrorOf(error)
  const where = `the log in ${folder} cannot be opened: ${message}`
  if (isSystemError(error) && error.code === 'ENOSPC')
    return new TidemarkError('log/full', where, { cause: error, retryAfterMs: retryWhenFullMs })
  const cure = isDenied(error)
    ? '. It must be a folder that this process can write to, and so must be what lies in it'
    : ''
  return new TidemarkError(code, where + cure, { cause: error, retryAfterMs })
}

/** Whether the file system would not let us in: an error of its own, or SQLite's word for one. */
function isDenied(error: unknown): boolean {
  const primary = errcodeOf(error) & 0xff
  return isSystemError(error) || primary === readOnly || primary === cannotOpen
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** Space comes back by somebody's hand: seconds are soon enough. */
const retryWhenFullMs = 2000

export const retryWhenBusyMs = 500

function errcodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
}
