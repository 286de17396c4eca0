import type { ErrorCode } from '@tidemark/base'

/**
 * Error codes as they travel: a code's number is its place in this list. The list only ever grows at its end.
 * Codes that arise at one end only have a number too, so that nobody has to wonder which.
 */
const codesByNumber: readonly ErrorCode[] = [
  'relay/internal',
  'connection/refused',
  'connection/version',
  'connection/bad-frame',
  'connection/frame-too-large',
  'connection/too-many-sessions',
  'connection/unauthenticated-too-long',
  'connection/idle',
  'access/denied',
  'access/unavailable',
  'access/revoked',
  'document/unknown',
  'document/bad-id',
  'document/other-lineage',
  'document/halted',
  'document/deleted',
  'session/protocol',
  'session/window-exceeded',
  'update/malformed',
  'update/too-large',
  'update/foreign-client',
  'update/read-only',
  'log/full',
  'log/failed',
  'log/corrupt',
  'log/closed',
  'log/conflict',
  'log/unsafe',
  'log/locked',
  'relay/draining',
  'relay/overloaded',
  'client/closed',
  'store/failed',
  'store/blocked',
  'replica/rebuilt',
  'replica/set-aside',
  'presence/too-large',
  'client/listener-threw',
  'connection/too-many',
]

/** The number of a code on the wire. */
export function errorNumber(code: ErrorCode): number {
  // A code that is not in the list yet travels as `relay/internal`; a test keeps the list complete.
  return Math.max(0, codesByNumber.indexOf(code))
}

/**
 * The code behind a number. One that a newer relay has added reads as `relay/internal`: the message says what it is,
 * and the delay beside it, not the code, says whether to try again.
 */
export function errorCodeOf(number: number): ErrorCode {
  return codesByNumber[number] ?? 'relay/internal'
}
