import type { Access, DocumentId, Principal } from '@tidemark/base'

/** null: none. */
export type Right = Access | null

/** Hears of each change at the moment at which it is made. */
export type RightChanged = (principal: Principal, document: DocumentId, before: Right, after: Right) => void

/**
 * Who may do what with which document, as the owner of the relay has it. A token is the name of its principal; one that
 * nobody was given, such as a token that was garbled on its way, opens nothing.
 */
export class AccessTable {
  /** Told of every change. */
  changed: RightChanged = () => {}
  readonly #documents: readonly DocumentId[]
  readonly #members = new Set<Principal>()
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
    return this.#members.has(principal) && this.#documents.includes(document) ? 'write' : null
  }

  /** May write all documents of this world, unless something else is decided. */
  admit(principal: Principal): void {
    this.#members.add(principal)
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
