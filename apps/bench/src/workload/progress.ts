import { type Content, contentOf } from './content.ts'
import type { Typing } from './typing.ts'

/** Decodes each distinct update of a document once: all its readers get the same bytes. */
export interface ContentCache {
  of(update: Uint8Array): Content
}

export function createContentCache(clientId: number): ContentCache {
  let last: { readonly update: Uint8Array; readonly content: Content } | null = null
  return {
    of(update) {
      if (last === null || Buffer.compare(last.update, update) !== 0) {
        // The bytes given are a view of what the socket read: the next message overwrites them.
        last = { update: new Uint8Array(update), content: contentOf(update, clientId) }
      }
      return last.content
    },
  }
}

/**
 * How much of a document's typing one reader has. A reader *has* an update when it has all the clocks up to it and all
 * that it deletes, however these came: one by one, merged with others, or as a state. So batching and merging count
 * right, a repetition does not count twice, and what was dropped is missing.
 */
export class Progress {
  readonly #typing: Typing
  readonly #cache: ContentCache
  /** Updates that it has, without a gap. */
  #has = 0
  #clock = 0
  /** A 1 at each clock that was received as deleted; made when it is first needed. */
  #deleted: Uint8Array | null = null
  /** Ranges beyond a gap, as clock and length in turn. */
  #ahead: number[] = []

  constructor(typing: Typing, cache: ContentCache) {
    this.#typing = typing
    this.#cache = cache
  }

  get has(): number {
    return this.#has
  }

  get isWhole(): boolean {
    return this.#has === this.#typing.updates.length
  }

  /** Takes a V1 update and says how many updates of the typing the reader has more than before. */
  take(update: Uint8Array): number {
    const before = this.#has
    const next = this.#typing.updates[before]
    // What most servers send, most of the time: exactly what was written.
    if (next !== undefined && next.length === update.length && Buffer.compare(next, update) === 0) {
      this.#has++
      this.#clock = Math.max(this.#clock, this.#typing.clocks[before] as number)
      if (this.#ahead.length > 0) this.#takeStructs([])
    } else {
      this.#takeContent(this.#cache.of(update))
    }
    this.#advance()
    return this.#has - before
  }

  #takeContent({ structs, deletes }: Content): void {
    if (structs.length > 0) this.#takeStructs(structs)
    if (deletes.length > 0) this.#takeDeletes(deletes)
  }

  #takeStructs(structs: readonly number[]): void {
    this.#ahead.push(...structs)
    for (let moved = true; moved; ) {
      moved = false
      for (let at = 0; at < this.#ahead.length; at += 2) {
        const end = (this.#ahead[at] as number) + (this.#ahead[at + 1] as number)
        if ((this.#ahead[at] as number) > this.#clock) continue
        this.#ahead.splice(at, 2)
        at -= 2
        if (end <= this.#clock) continue
        this.#clock = end
        moved = true
      }
    }
  }

  #takeDeletes(deletes: readonly number[]): void {
    this.#deleted ??= new Uint8Array((this.#typing.clocks.at(-1) ?? 0) + 1)
    for (let at = 0; at < deletes.length; at += 2) {
      const from = deletes[at] as number
      this.#deleted.fill(1, from, from + (deletes[at + 1] as number))
    }
  }

  #advance(): void {
    const { clocks, deletes } = this.#typing
    while (this.#has < clocks.length) {
      if ((clocks[this.#has] as number) > this.#clock || !this.#hasDeleted(deletes[this.#has] ?? null)) return
      this.#has++
    }
  }

  #hasDeleted(deletes: readonly number[] | null): boolean {
    if (deletes === null) return true
    for (let at = 0; at < deletes.length; at += 2) {
      const from = deletes[at] as number
      for (let clock = from; clock < from + (deletes[at + 1] as number); clock++) {
        if (this.#deleted?.[clock] !== 1) return false
      }
    }
    return true
  }
}
