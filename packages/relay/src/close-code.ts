import type { ErrorCode } from '@tidemark/base'
import { type CloseCode, closeCodes } from '@tidemark/protocol'

/** Native clients read the `go-away`; the close code is for people and proxies that look on. */
export function closeCodeOf(code: ErrorCode): CloseCode {
  switch (code) {
    case 'connection/frame-too-large':
      return closeCodes.tooBig
    case 'connection/bad-frame':
    case 'connection/version':
    case 'session/protocol':
      return closeCodes.protocolError
    case 'connection/idle':
    case 'connection/unauthenticated-too-long':
    case 'connection/too-many-sessions':
    case 'session/window-exceeded':
      return closeCodes.policy
    case 'relay/draining':
      return closeCodes.restart
    case 'relay/overloaded':
    case 'connection/too-many':
    case 'log/full':
    case 'access/unavailable':
      return closeCodes.tryLater
    default:
      return closeCodes.internalError
  }
}
