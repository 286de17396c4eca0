import type { ClientRange } from './ranges.ts'

/**
 * The structs of an update that refer to structs of another client in the same update. Yjs integrates each client's
 * structs in order and waits for what they refer to; when two clients wait for each other, it waits for ever.
 *
 * Waits are noted in the order of the bytes, so those of one section (the structs of one client) follow each other and
 * their clocks ascend.
 */
export class Waits {
  /** Flat: section, clock of the struct that waits, client and clock that it waits for. */
  readonly #waits: number[] = []

  get count(): number {
    return this.#waits.length / 4
  }

  note(section: number, clock: number, forClient: number, forClock: number): void {
    this.#waits.push(section, clock, forClient, forClock)
  }

  /** A wait for something that `sections` does not have either; null when there is none. */
  findMissing(sections: readonly ClientRange[]): { client: number; clock: number } | null {
    for (let i = 0; i < this.#waits.length; i += 4) {
      const client = this.#waits[i + 2] as number
      const clock = this.#waits[i + 3] as number
      const section = sections[findSection(sections, client)]
      if (section === undefined || clock >= section.clock + section.length) return { client, clock }
    }
    return null
  }

  /**
   * Whether the sections, each advanced as far as its waits allow, block each other. Depth first with a stack of its
   * own: a section on the stack waits for the one above it, so meeting it again is a cycle. Each wait is passed once.
   */
  hasCycle(sections: readonly ClientRange[]): boolean {
    if (this.#waits.length === 0) return false
    return new Advance(this.#waits, sections).findsCycle()
  }
}

/** Index of `client` in `sections`, which descend; -1 when it is not there. */
export function findSection(sections: readonly ClientRange[], client: number): number {
  let low = 0
  let high = sections.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = (sections[middle] as ClientRange).client
    if (found === client) return middle
    if (found > client) low = middle + 1
    else high = middle
  }
  return -1
}

class Advance {
  readonly #waits: readonly number[]
  readonly #sections: readonly ClientRange[]
  /** Per section: the wait it stands before, and the first that is not its own. */
  readonly #next: Uint32Array
  readonly #last: Uint32Array
  readonly #onStack: Uint8Array
  readonly #stack: number[] = []

  constructor(waits: readonly number[], sections: readonly ClientRange[]) {
    this.#waits = waits
    this.#sections = sections
    this.#next = new Uint32Array(sections.length)
    this.#last = new Uint32Array(sections.length)
    this.#onStack = new Uint8Array(sections.length)
    for (let i = 0; i < waits.length; i += 4) {
      const section = waits[i] as number
      if (this.#last[section] === 0) this.#next[section] = i
      this.#last[section] = i + 4
    }
  }

  findsCycle(): boolean {
    for (let section = 0; section < this.#sections.length; section++) {
      if (this.#next[section] === this.#last[section]) continue
      this.#push(section)
      if (!this.#unwind()) return true
    }
    return false
  }

  /** Advances what is on the stack until nothing is; false when a section waits for one below it. */
  #unwind(): boolean {
    while (this.#stack.length > 0) {
      const section = this.#stack[this.#stack.length - 1] as number
      this.#passWaits(section)
      if (this.#next[section] === this.#last[section] || this.#isFarEnough()) {
        this.#pop()
        continue
      }
      const target = this.#targetOf(section)
      if (this.#onStack[target] === 1) return false
      this.#push(target)
    }
    return true
  }

  #passWaits(section: number): void {
    while (this.#next[section] !== this.#last[section] && !this.#isBlocked(section)) {
      this.#next[section] = (this.#next[section] as number) + 4
    }
  }

  /** Whether the section at the top of the stack has given the one below it what it waits for. */
  #isFarEnough(): boolean {
    const below = this.#stack[this.#stack.length - 2]
    return below !== undefined && !this.#isBlocked(below)
  }

  #isBlocked(section: number): boolean {
    const wait = this.#next[section] as number
    return (this.#waits[wait + 3] as number) >= this.#reached(this.#targetOf(section))
  }

  /** The clock of the first struct of a section that is not integrated yet. */
  #reached(section: number): number {
    const wait = this.#next[section] as number
    return wait === this.#last[section] ? Number.POSITIVE_INFINITY : (this.#waits[wait + 1] as number)
  }

  #targetOf(section: number): number {
    return findSection(this.#sections, this.#waits[(this.#next[section] as number) + 2] as number)
  }

  #push(section: number): void {
    this.#stack.push(section)
    this.#onStack[section] = 1
  }

  #pop(): void {
    this.#onStack[this.#stack.pop() as number] = 0
  }
}
