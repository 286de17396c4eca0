import type { Access, DocumentId, Principal } from '@tidemark/base'

/** null: none. */
export type Right = Access | null

/** Hears of each change at the moment at which it is made. */
export type RightChanged = (principal: Principal, document: DocumentId, before: Right, after: Right) => void

/**
 * Who may do what with which document, as the owner of the relay has it. A token is the name of its principal. Whoever
 * is not in the table may write the documents of this world, and no others.
 */
export class AccessTable {
  /** Told of every change. */
  changed: RightChanged = () => {}
  readonly #documents: readonly DocumentId[]
  readonly #rows = new Map<string, Right>()
  /** What holds when nothing is wrong. */
  readonly #usual = new Map<string, Right>()

  constructor(documents: readonly DocumentId[]) {
    this.#documents = documents
  }

  of(principal: Principal, document: DocumentId): Right {
    const row = this.#rows.get(keyOf(principal, document))
    return row === undefined ? this.usual(principal, document) : row
  }

  usual(principal: Principal, document: DocumentId): Right {
    const usual = this.#usual.get(keyOf(principal, document))
    if (usual !== undefined) return usual
    return this.#documents.includes(document) ? 'write' : null
  }

  /** Decides for good, before anybody has asked. */
  decide(principal: Principal, document: DocumentId, right: Right): void {
    this.#usual.set(keyOf(principal, document), right)
  }

  /** Changes it, until it is changed again or restored. */
  set(principal: Principal, document: DocumentId, right: Right): void {
    const before = this.of(principal, document)
    this.#rows.set(keyOf(principal, document), right)
    if (before !== right) this.changed(principal, document, before, right)
  }

  /** Gives a principal back what is usual. */
  restore(principal: Principal): void {
    for (const document of this.#documents) this.set(principal, document, this.usual(principal, document))
  }
}

function keyOf(principal: Principal, document: DocumentId): string {
  return `${principal}\n${document}`
}
