import type { ErrorCode } from '@tidemark/base'
import { type CloseCode, closeCodes } from '@tidemark/protocol'

/**
 * What a stock client does next depends on the code alone: those from 4400 to 4499 make it stop for good, so they are
 * for what does not get better by coming back.
 */
export function yWebsocketCloseCodeOf(code: ErrorCode, retryAfterMs: number | null): CloseCode {
  switch (code) {
    case 'access/denied':
      return closeCodes.denied
    case 'access/revoked':
      return retryAfterMs === null ? closeCodes.revoked : closeCodes.tryLater
    case 'document/bad-id':
      return closeCodes.badRequest
    case 'document/unknown':
    case 'document/deleted':
      return closeCodes.gone
    case 'update/malformed':
    case 'update/too-large':
      return closeCodes.refused
    // It may pass on what a native client wrote and the log has lost: once that client gave it back, all is well.
    case 'update/foreign-client':
      return closeCodes.policy
    case 'connection/frame-too-large':
      return closeCodes.tooBig
    case 'connection/bad-frame':
      return closeCodes.protocolError
    case 'connection/idle':
      return closeCodes.policy
    case 'relay/draining':
      return closeCodes.restart
    default:
      return closeCodes.tryLater
  }
}
