import { assert, type Seq } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Attached } from './attached.ts'
import type { Commit } from './commit.ts'
import type { Document } from './document.ts'
import type { Outgoing } from './outgoing.ts'
import type { TailEntry } from './tail.ts'

export interface ReaderDeps {
  readonly document: Document
  readonly outgoing: Outgoing
  /** Bytes of a commit beyond which it is read in pages instead of being taken as it comes. */
  readonly commitBytesMax: number
  /** Sends entries that follow what was sent. */
  readonly sendEntries: (entries: readonly TailEntry[]) => void
  /** What would be read next has been compacted away. The reader has stopped. */
  readonly onGone: () => void
  /** There may be something to do for `step` again. */
  readonly onReady: () => void
}

type Phase =
  | { readonly kind: 'stopped' }
  /** `asked`: the log is reading for it. */
  | { readonly kind: 'reading'; asked: boolean }
  /** Has everything up to the head, and takes what commits. */
  | { readonly kind: 'live' }

/**
 * Follows one document from a mark.
 *
 *     stopped ──start──▶ reading ◀────▶ live
 *
 * `sentSeq` is the mark: everything up to it has been sent, in order, nothing beyond. A reader that does not keep up
 * only falls from `live` to `reading`: nothing is queued for it, it reads on from its mark when there is room.
 */
export class Reader {
  readonly #deps: ReaderDeps
  #phase: Phase = { kind: 'stopped' }
  #sentSeq: Seq = 0

  constructor(deps: ReaderDeps) {
    this.#deps = deps
  }

  get isLive(): boolean {
    return this.#phase.kind === 'live'
  }

  /** Everything up to it has been sent, or was there already. */
  get sentSeq(): Seq {
    return this.#sentSeq
  }

  get isStopped(): boolean {
    return this.#phase.kind === 'stopped'
  }

  start(seq: Seq): void {
    this.#sentSeq = seq
    this.#phase = { kind: 'reading', asked: false }
  }

  stop(): void {
    this.#phase = { kind: 'stopped' }
  }

  /** Sends the next page. False when there is nothing to send now. */
  step(): boolean {
    const phase = this.#phase
    return phase.kind === 'reading' && !phase.asked && this.#readOn(phase)
  }

  /** Whether `commit` can be sent as it is. If not, its entries come by reading. */
  takes(commit: Commit<Attached>): boolean {
    return (
      this.#phase.kind === 'live' &&
      commit.first === this.#sentSeq + 1 &&
      commit.bytes <= this.#deps.commitBytesMax &&
      !this.#deps.outgoing.isFull
    )
  }

  /** `commit` has been sent. */
  took(commit: Commit<Attached>): void {
    this.#sentSeq = commit.last
  }

  /** Something was committed and not taken: reads on, unless that had been read already. */
  missed(): void {
    if (this.#phase.kind !== 'live' || this.#sentSeq >= this.#deps.document.head) return
    this.#phase = { kind: 'reading', asked: false }
    this.#deps.onReady()
  }

  #readOn(phase: Phase & { kind: 'reading' }): boolean {
    const { document } = this.#deps
    if (this.#sentSeq >= document.head) {
      this.#phase = { kind: 'live' }
      return true
    }
    const recent = document.recent(this.#sentSeq)
    if (recent) {
      this.#send(recent)
      return true
    }
    sometimes('a reader is further behind than what is in memory')
    phase.asked = true
    document.inquiries.read(this.#sentSeq, (entries) => this.#read(phase, entries))
    return false
  }

  #read(phase: Phase & { kind: 'reading' }, entries: readonly TailEntry[] | null): void {
    if (this.#phase !== phase)
      return sometimes('entries are read for somebody who does not want them any more')
    phase.asked = false
    if (entries) {
      this.#send(entries)
      this.#deps.onReady()
    } else {
      this.stop()
      this.#deps.onGone()
    }
  }

  #send(entries: readonly TailEntry[]): void {
    const first = entries[0]
    const last = entries.at(-1)
    assert(first && last && first.seq === this.#sentSeq + 1, 'entries that do not follow what was sent')
    this.#sentSeq = last.seq
    this.#deps.sendEntries(entries)
  }
}
