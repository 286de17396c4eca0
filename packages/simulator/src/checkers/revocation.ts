import type { AccessTruth } from '../oracle/access-truth.ts'
import { principalOf } from '../oracle/author.ts'
import type { Border } from '../oracle/border.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/**
 * S8: nothing of a principal is appended once its access is gone: from the moment on at which the relay is told, or from
 * when it has had its time to find out.
 */
export function createRevocation({
  border,
  accessTruth,
}: {
  readonly border: Border
  readonly accessTruth: AccessTruth
}): Checker {
  border.listen({
    appends(document, author) {
      const principal = principalOf(author)
      if (accessTruth.mayAppend(principal, document)) return
      throw new Violation('S8', `${principal} appends to ${document} without write access`)
    },
  })
  return {}
}
