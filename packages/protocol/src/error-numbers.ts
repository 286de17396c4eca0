import type { ErrorCode } from '@tidemark/base'

/**
 * Error codes as they travel. A number is never changed and never given to another code; a new code takes the next
 * free number of its group. Codes that only ever arise at one end have a number too, so that nobody has to wonder.
 */
export const errorNumbers: Readonly<Record<ErrorCode, number>> = {
  'connection/refused': 1,
  'connection/version': 2,
  'connection/bad-frame': 3,
  'connection/frame-too-large': 4,
  'connection/too-many-sessions': 5,
  'connection/unauthenticated-too-long': 6,
  'connection/idle': 7,

  'access/denied': 20,
  'access/unavailable': 21,
  'access/revoked': 22,

  'document/unknown': 30,
  'document/bad-id': 31,
  'document/other-lineage': 32,
  'document/halted': 33,
  'document/deleted': 34,

  'session/protocol': 40,
  'session/window-exceeded': 41,

  'update/malformed': 50,
  'update/too-large': 51,
  'update/foreign-client': 52,
  'update/read-only': 53,

  'log/full': 60,
  'log/failed': 61,
  'log/corrupt': 62,
  'log/closed': 63,
  'log/conflict': 64,
  'log/unsafe': 65,
  'log/locked': 66,

  'relay/draining': 80,
  'relay/overloaded': 81,
  'relay/internal': 82,

  'client/closed': 90,
  'store/failed': 100,
  'store/blocked': 101,
  'replica/rebuilt': 110,
  'replica/set-aside': 111,
  'presence/too-large': 120,
}

/**
 * The code behind a number. One that a newer relay has added reads as `relay/internal`: the message says what it is,
 * and the delay beside it, not the code, says whether to try again.
 */
export function errorCodeOf(number: number): ErrorCode {
  // A search, not a second table: errors are rare, and a browser downloads every line of this package.
  for (const code in errorNumbers) {
    if (errorNumbers[code as ErrorCode] === number) return code as ErrorCode
  }
  return 'relay/internal'
}
