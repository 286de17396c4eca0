export interface OpenSocketsLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
}

/**
 * The sockets that are open, all together and by address. One counts until it is really gone: a peer that does not
 * answer the close still holds what it costs.
 */
export class OpenSockets {
  readonly #limits: OpenSocketsLimits
  readonly #byAddress = new Map<string, number>()
  #count = 0

  constructor(limits: OpenSocketsLimits) {
    this.#limits = limits
  }

  /** Counts one more, whether or not that is too many. */
  opened(address: string): 'admitted' | 'too-many' {
    const ofAddress = (this.#byAddress.get(address) ?? 0) + 1
    this.#byAddress.set(address, ofAddress)
    this.#count++
    const { connectionsMax, connectionsPerAddressMax } = this.#limits
    return this.#count > connectionsMax || ofAddress > connectionsPerAddressMax ? 'too-many' : 'admitted'
  }

  closed(address: string): void {
    const left = (this.#byAddress.get(address) ?? 0) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
    this.#count--
  }
}
