import type { DocumentId, Lineage } from '@tidemark/base'
import { isStock } from './author.ts'
import type { Contents, Effect } from './contents.ts'
import { Violation } from './violation.ts'

interface History {
  readonly lineage: Lineage
  readonly contents: Contents
}

/** Whether `author`, who sends these structs into this history, can know that they are in another one already. */
export type KnowsHistory = (document: DocumentId, lineage: Lineage, effect: Effect, author: string) => boolean

/**
 * S12: replicas of two lineages never merge. What the log of a document held before it was lost, and the document made
 * anew, does not come into the log of the other history.
 */
export class Histories {
  readonly #knowsHistory: KnowsHistory
  readonly #lost = new Map<DocumentId, History[]>()

  constructor(knowsHistory: KnowsHistory) {
    this.#knowsHistory = knowsHistory
  }

  /** The disk was replaced: of this document it may hold less, or another history from now on. */
  lost(document: DocumentId, history: History): void {
    const others = this.#lost.get(document) ?? []
    this.#lost.set(document, [...others, history])
  }

  appended(document: DocumentId, lineage: Lineage, author: string, { structs }: Effect): void {
    const lost = this.#lost.get(document) ?? []
    const own = lost.filter((history) => history.lineage === lineage)
    const others = lost.filter((history) => history.lineage !== lineage)
    // A stock client knows of no lineage: what it holds it says to whoever answers.
    if (others.length === 0 || isStock(author)) return
    for (const struct of structs) {
      const effect = { structs: [struct], deletes: [] }
      // What a stock client said to both was in each of them.
      if (!hasIt(others, effect) || hasIt(own, effect)) continue
      // Who was never answered belongs to no history: a replica that holds nothing else adopts the relay's.
      if (!this.#knowsHistory(document, lineage, effect, author)) continue
      throw new Violation('S12', `${document}: an entry of one history says what another one held`)
    }
  }
}

function hasIt(histories: readonly History[], effect: Effect): boolean {
  return histories.some(({ contents }) => contents.has(effect))
}
