/** Many measured numbers, and what can be said of them. */
export class Samples {
  #values: Float64Array = new Float64Array(1024)
  #count = 0
  #isSorted = true

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    if (this.#count === this.#values.length) this.#grow()
    this.#values[this.#count++] = value
    this.#isSorted = false
  }

  /**
   * The smallest value that at least `part` of all values do not exceed (nearest rank): `percentile(0.99)`. NaN when
   * there is none.
   */
  percentile(part: number): number {
    if (this.#count === 0) return Number.NaN
    this.#sort()
    const rank = Math.max(1, Math.ceil(part * this.#count))
    return this.#values[Math.min(rank, this.#count) - 1] as number
  }

  #sort(): void {
    if (!this.#isSorted) this.#values.subarray(0, this.#count).sort()
    this.#isSorted = true
  }

  #grow(): void {
    const larger = new Float64Array(this.#values.length * 2)
    larger.set(this.#values)
    this.#values = larger
  }
}

/** The middle one, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
