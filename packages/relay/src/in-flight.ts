import type { Check, Seq } from '@tidemark/base'

/**
 * What an item counts for beside the bytes of its update: the item, its promise and its place in a commit. Without it a
 * flood of pushes that add nothing would wait for a slow disk without any limit. Measured on Node 20.
 */
export const inFlightItemBytes = 200

/** One push of `author` on its way into the log, or one that only waits for those before it. */
export type InFlightItem<A> = Appending<A> | Repeating<A> | Waiting

export interface Appending<A> {
  readonly kind: 'append'
  readonly author: A
  readonly batch: number
  readonly update: Uint8Array
  readonly seq: Seq
  /** null until the log has it. */
  check: Check | null
}

/** A push that adds nothing: acknowledged once all that it may repeat is durable. */
export interface Repeating<A> {
  readonly kind: 'repeat'
  readonly author: A
  readonly batch: number
}

export interface Waiting {
  readonly kind: 'wait'
  /** Runs when all pushes before it are durable. */
  readonly run: () => void
}

/**
 * The pushes of one document between admission and commit, in the order in which they were admitted.
 *
 * The log may answer in any order; what leaves here is in order. `predictedHead` is what the next append follows: the
 * log's head once all in flight have committed.
 */
export class InFlight<A> {
  #items: InFlightItem<A>[] = []
  #first = 0
  #predictedHead: Seq
  #appends = 0
  #bytes = 0

  constructor(head: Seq) {
    this.#predictedHead = head
  }

  get predictedHead(): Seq {
    return this.#predictedHead
  }

  get isEmpty(): boolean {
    return this.#first === this.#items.length
  }

  /** Appends that the log has not answered yet. */
  get appends(): number {
    return this.#appends
  }

  /** Of all that is not yet committed, or committed behind one that is not: updates, and `inFlightItemBytes` for each. */
  get bytes(): number {
    return this.#bytes
  }

  append(author: A, batch: number, update: Uint8Array): Appending<A> {
    const item: Appending<A> = {
      kind: 'append',
      author,
      batch,
      update,
      seq: ++this.#predictedHead,
      check: null,
    }
    this.#push(item)
    this.#appends++
    return item
  }

  repeat(author: A, batch: number): void {
    this.#push({ kind: 'repeat', author, batch })
  }

  wait(run: () => void): void {
    this.#push({ kind: 'wait', run })
  }

  committed(item: Appending<A>, check: Check): void {
    item.check = check
    this.#appends--
  }

  failed(count: number): void {
    this.#appends -= count
  }

  /** Removes and returns the next item that nothing stands before any more. */
  shift(): InFlightItem<A> | null {
    const item = this.#items[this.#first]
    if (!item || (item.kind === 'append' && item.check === null)) return null
    this.#bytes -= bytesOf(item)
    this.#first++
    if (this.#first === this.#items.length) this.#clear()
    // A document that is never idle must not keep what has left.
    else if (this.#first * 2 > this.#items.length) this.#compact()
    return item
  }

  /** Removes and returns all that is left: the log failed, and none of it may be acknowledged. */
  drop(): readonly InFlightItem<A>[] {
    const items = this.#items.slice(this.#first)
    this.#clear()
    this.#bytes = 0
    return items
  }

  #push(item: InFlightItem<A>): void {
    this.#items.push(item)
    this.#bytes += bytesOf(item)
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#first)
    this.#first = 0
  }

  #clear(): void {
    this.#items.length = 0
    this.#first = 0
  }
}

function bytesOf(item: InFlightItem<unknown>): number {
  return inFlightItemBytes + (item.kind === 'append' ? item.update.length : 0)
}
