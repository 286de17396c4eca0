import type { DocumentId, Random } from '@tidemark/base'
import { createMemoryStore, type ReplicaStore } from '@tidemark/client'
import type { ReplicaChange, Written } from '@tidemark/client/engine'

export interface Stored {
  readonly document: DocumentId
  readonly change: ReplicaChange
  readonly timeMs: number
}

/**
 * What the storage of a device really holds, and how it became so: transactions are applied in order and as a whole, so
 * every earlier state is the outcome of the first few of them. Power loss and a restored image lead back to one.
 */
export class StoreImage {
  readonly #random: Random
  #store: ReplicaStore
  #history: readonly Stored[] = []

  constructor(random: Random) {
    this.#random = random
    this.#store = createMemoryStore(random)
  }

  get store(): ReplicaStore {
    return this.#store
  }

  get history(): readonly Stored[] {
    return this.#history
  }

  get changes(): number {
    return this.#history.length
  }

  get documents(): readonly DocumentId[] {
    return [...new Set(this.#history.map(({ document }) => document))]
  }

  /** How many changes were stored before a time. */
  changesBefore(timeMs: number): number {
    return this.#history.filter((stored) => stored.timeMs < timeMs).length
  }

  write(document: DocumentId, change: ReplicaChange, timeMs: number): Promise<Written> {
    this.#history = [...this.#history, { document, change, timeMs }]
    return this.#store.write(document, change)
  }

  /** Goes back to what the first `changes` left; with 0 to nothing. */
  async rewind(changes: number): Promise<void> {
    const history = this.#history.slice(0, changes)
    const store = createMemoryStore(this.#random)
    // No page lives that knows another incarnation of what is replayed.
    for (const { document, change } of history) await store.write(document, { ...change, incarnation: null })
    this.#history = history
    this.#store = store
  }
}
