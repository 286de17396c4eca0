import type { Check, Seq } from '@tidemark/base'
import { tailEntryOverheadBytes } from './limits.ts'

export interface TailEntry {
  readonly seq: Seq
  readonly check: Check
  readonly update: Uint8Array
}

/**
 * The recent entries of one document, in memory, so that a reader who missed little needs no disk. Bounded by bytes:
 * the oldest leave first.
 *
 *     head − count          head
 *         │ entry │ ... │ entry │
 *       start
 */
export class Tail {
  /** The seq before the first entry held, and its check: a cursor there may be resumed from memory. */
  #start: Seq
  #startCheck: Check
  // A ring would save the occasional copy; `shift` on a short array is a memmove and the limit keeps it short.
  #entries: TailEntry[] = []
  #dropped = 0
  #bytes = 0
  #bytesMax: number

  constructor(start: Seq, check: Check, bytesMax: number) {
    this.#start = start
    this.#startCheck = check
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get start(): Seq {
    return this.#start
  }

  push(entry: TailEntry): void {
    this.#entries.push(entry)
    this.#bytes += costOf(entry)
    this.#shrink()
  }

  /** From now on keeps no more than this. */
  limit(bytesMax: number): void {
    this.#bytesMax = bytesMax
    this.#shrink()
  }

  /** Whether everything after `seq` is here. */
  covers(seq: Seq): boolean {
    return seq >= this.#start
  }

  /** The check at `seq`; undefined when it is not here. */
  checkAt(seq: Seq): Check | undefined {
    if (seq === this.#start) return this.#startCheck
    return this.#entries[this.#indexOf(seq)]?.check
  }

  /** Entries after `seq`, as many as fit in `bytesMax` but at least one when there is one. `seq` must be covered. */
  after(seq: Seq, bytesMax: number): TailEntry[] {
    const first = this.#indexOf(seq) + 1
    let bytes = 0
    let end = first
    for (; end < this.#entries.length; end++) {
      bytes += (this.#entries[end] as TailEntry).update.length
      if (bytes > bytesMax && end > first) break
    }
    return this.#entries.slice(first, end)
  }

  /** Bytes of the updates after `seq`, which must be covered. */
  bytesAfter(seq: Seq): number {
    const entries = this.after(seq, Number.POSITIVE_INFINITY)
    return entries.reduce((bytes, { update }) => bytes + update.length, 0)
  }

  #indexOf(seq: Seq): number {
    return this.#dropped + (seq - this.#start) - 1
  }

  #shrink(): void {
    while (this.#bytes > this.#bytesMax) this.#dropOldest()
  }

  #dropOldest(): void {
    const oldest = this.#entries[this.#dropped] as TailEntry
    this.#dropped++
    this.#bytes -= costOf(oldest)
    this.#start = oldest.seq
    this.#startCheck = oldest.check
    if (this.#dropped * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#dropped)
      this.#dropped = 0
    }
  }
}

function costOf(entry: TailEntry): number {
  return entry.update.length + tailEntryOverheadBytes
}
