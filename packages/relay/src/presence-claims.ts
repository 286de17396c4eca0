import type { Principal } from '@tidemark/base'

/**
 * Which principal announced which presence id, also after it has left: whoever saw an id must not be able to take it
 * while its participant is away. Of more than `idsMax` the ones that were announced longest ago are forgotten.
 */
export class PresenceClaims {
  readonly #idsMax: number
  readonly #principals = new Map<number, Principal>()

  constructor(idsMax: number) {
    this.#idsMax = idsMax
  }

  mayAnnounce(principal: Principal, id: number): boolean {
    const claimant = this.#principals.get(id)
    return claimant === undefined || claimant === principal
  }

  announced(principal: Principal, id: number): void {
    // Moved to the end: a map lists its keys in the order in which they were set.
    this.#principals.delete(id)
    this.#principals.set(id, principal)
    const [oldest] = this.#principals.keys()
    if (this.#principals.size > this.#idsMax && oldest !== undefined) this.#principals.delete(oldest)
  }
}
