import type { Access, DocumentId, Principal } from '@tidemark/base'
import type { AccessGrant, AccessRefusal, AccessRequest } from '@tidemark/relay'

/**
 * Who may do what with which document, as the owner of the relay has it. A token is the name of its principal. Whoever
 * is not in the table may write the documents of this world, and no others.
 */
export class AccessTable {
  readonly #documents: readonly DocumentId[]
  readonly #rows = new Map<string, Access | null>()

  constructor(documents: readonly DocumentId[]) {
    this.#documents = documents
  }

  /** null: none. */
  set(principal: Principal, document: DocumentId, access: Access | null): void {
    this.#rows.set(keyOf(principal, document), access)
  }

  of(principal: Principal, document: DocumentId): Access | null {
    const row = this.#rows.get(keyOf(principal, document))
    if (row !== undefined) return row
    return this.#documents.includes(document) ? 'write' : null
  }

  readonly authorize = ({ token, document }: AccessRequest): AccessGrant | AccessRefusal => {
    const access = this.of(token, document)
    return access === null
      ? { refused: `${token} has no access to ${document}` }
      : { principal: token, access }
  }
}

function keyOf(principal: Principal, document: DocumentId): string {
  return `${principal}\n${document}`
}
