/** Collects, per client, the next clock that something else must have reached first. */
export class Dependencies {
  #clocks: Map<number, number> | null = null
  // An update refers to one or two clients many times in a row: those do not touch the map.
  #client = -1
  #clock = 0

  require(client: number, clock: number): void {
    if (client !== this.#client) {
      this.#flush()
      this.#client = client
      this.#clock = clock
    } else if (clock > this.#clock) {
      this.#clock = clock
    }
  }

  /** The update itself carries the clocks from `start` to `end` (exclusive), right after what must come before them. */
  carry(client: number, start: number, end: number): void {
    this.#flush()
    if ((this.#clocks?.get(client) ?? 0) > end) return
    if (start > 0) this.#map().set(client, start)
    else this.#clocks?.delete(client)
  }

  result(): ReadonlyMap<number, number> {
    this.#flush()
    return this.#clocks ?? none
  }

  #flush(): void {
    if (this.#clock > (this.#clocks?.get(this.#client) ?? 0)) this.#map().set(this.#client, this.#clock)
    this.#client = -1
    this.#clock = 0
  }

  #map(): Map<number, number> {
    this.#clocks ??= new Map()
    return this.#clocks
  }
}

const none: ReadonlyMap<number, number> = new Map()
