import type { Check, Seq } from '@tidemark/base'
import { encodeEntries } from '@tidemark/protocol'
import type { TailEntry } from './tail.ts'

/** What one author pushed in one go: entries that follow each other, or (`last < first`) pushes that added nothing. */
export interface Run<A> {
  readonly author: A
  /** The last batch of the run. */
  batch: number
  readonly first: Seq
  last: Seq
  check: Check
  readonly updates: Uint8Array[]
  bytes: number
  /** `updates` as messages for those who did not write them; made when first asked for. */
  frames: readonly EntriesFrame[] | null
}

/** One `entries` message. */
export interface EntriesFrame {
  readonly bytes: Uint8Array
  /** Updates in it. */
  readonly count: number
}

/** Cut larger ones: an update joins others in a message as long as both stay within these. */
export const entriesMessageBytes: number = 1024 * 1024
export const entriesMessageCount = 4_096

/**
 * All that became durable for one document in one turn, in the log's order.
 *
 *     run of A        run of B   run of A
 *     5   6   7       8          9   10
 *
 * A reader who wrote none of it gets one message for all. An author gets, in the place of each run of its own, an ack.
 * Whatever goes to several readers is encoded once.
 */
export class Commit<A> {
  readonly channel: number
  readonly runs: Run<A>[] = []
  /** The first and the last seq; `last < first` when nothing was appended. */
  first: Seq = 0
  last: Seq = -1
  bytes = 0
  #frames: readonly EntriesFrame[] | null = null
  #encoded: Uint8Array | null = null

  constructor(channel: number) {
    this.channel = channel
  }

  add(author: A, batch: number, entry: TailEntry): void {
    if (this.last < this.first) this.first = entry.seq
    this.last = entry.seq
    this.bytes += entry.update.length
    const run = this.#runOf(author, entry.seq)
    run.batch = batch
    run.last = entry.seq
    run.check = entry.check
    run.updates.push(entry.update)
    run.bytes += entry.update.length
  }

  /** `batch` of `author` added nothing, and is durable now. */
  repeat(author: A, batch: number, check: Check): void {
    const current = this.runs.at(-1)
    if (current?.author === author) current.batch = batch
    else this.runs.push({ author, batch, first: 1, last: 0, check, updates: [], bytes: 0, frames: null })
  }

  hasAuthor(author: A): boolean {
    return this.runs.some((run) => run.author === author)
  }

  /** All updates in another form; `encode`, always the same function, is called once. */
  encodedOnce(encode: (updates: readonly Uint8Array[]) => Uint8Array): Uint8Array {
    this.#encoded ??= encode(this.updates())
    return this.#encoded
  }

  /** Every update, in order. */
  updates(): readonly Uint8Array[] {
    const [only] = this.runs
    return only && this.runs.length === 1 ? only.updates : this.runs.flatMap((run) => run.updates)
  }

  /** All entries, for a reader who wrote none of them. */
  frames(): readonly EntriesFrame[] {
    this.#frames ??= this.#encodeAll()
    return this.#frames
  }

  /** The entries of one run. */
  framesOf(run: Run<A>): readonly EntriesFrame[] {
    run.frames ??= [encodeFrame(this.channel, run.first, run.check, run.updates)]
    return run.frames
  }

  #encodeAll(): readonly EntriesFrame[] {
    const [only] = this.runs
    return only && this.runs.length === 1 ? this.framesOf(only) : encodeRuns(this.channel, this.runs)
  }

  #runOf(author: A, seq: Seq): Run<A> {
    const current = this.runs.at(-1)
    if (current && this.#continues(current, author)) return current
    const run: Run<A> = {
      author,
      batch: 0,
      first: seq,
      last: seq - 1,
      check: '',
      updates: [],
      bytes: 0,
      frames: null,
    }
    this.runs.push(run)
    return run
  }

  // Cut where a message has to be cut anyway: the check is known only at the end of a run.
  #continues(run: Run<A>, author: A): boolean {
    return (
      run.author === author &&
      run.updates.length > 0 &&
      run.updates.length < entriesMessageCount &&
      run.bytes < entriesMessageBytes
    )
  }
}

/** Joins runs into as few messages as the limits allow. */
function encodeRuns(channel: number, runs: readonly Run<unknown>[]): readonly EntriesFrame[] {
  return joinRuns(runs).map((joined) => {
    const first = joined[0] as Run<unknown>
    const last = joined.at(-1) as Run<unknown>
    return encodeFrame(
      channel,
      first.first,
      last.check,
      joined.flatMap((run) => run.updates),
    )
  })
}

function joinRuns(runs: readonly Run<unknown>[]): readonly (readonly Run<unknown>[])[] {
  const groups: Run<unknown>[][] = []
  let bytes = 0
  let count = 0
  for (const run of runs) {
    if (run.updates.length === 0) continue
    const fits = bytes + run.bytes <= entriesMessageBytes && count + run.updates.length <= entriesMessageCount
    if (!fits || groups.length === 0) {
      groups.push([])
      bytes = 0
      count = 0
    }
    groups.at(-1)?.push(run)
    bytes += run.bytes
    count += run.updates.length
  }
  return groups
}

function encodeFrame(
  channel: number,
  first: Seq,
  check: Check,
  updates: readonly Uint8Array[],
): EntriesFrame {
  return { bytes: encodeEntries(channel, first, check, updates), count: updates.length }
}
