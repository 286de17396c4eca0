import type { DocumentId, Principal } from '@tidemark/base'
import type { AccessTable } from '../cast/access-table.ts'
import type { LogTruth } from './log-truth.ts'

/** Whether somebody is let into a document: whoever may only read cannot open what nobody has made. */
export function mayOpen(
  { access, log }: { readonly access: AccessTable; readonly log: LogTruth },
  principal: Principal,
  document: DocumentId,
): boolean {
  const right = access.of(principal, document)
  return right === 'write' || (right === 'read' && log.of(document) !== undefined)
}
