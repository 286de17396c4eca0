import type { DocumentId, Seq } from '@tidemark/base'
import { type Outcome, rowsDeletedMax, type Write } from './write.ts'

/** Writes in one commit: beyond this a commit takes longer, but a write does not get cheaper. */
export const batchWritesMax = 4096
export const batchBytesMax: number = 4 * 2 ** 20

/** What a write is taken to occupy besides the bytes of its updates. */
export const writeBytes = 100

/** A write, and whom to tell. */
export interface WaitingWrite {
  readonly write: Write
  readonly bytes: number
  settle(outcome: Outcome): void
  reject(error: Error): void
}

/**
 * Group commit, without the disk: writes wait here while the batch before theirs is being committed, and whatever has
 * arrived by then is the next batch. So batches grow with the time that a commit takes. When the next one begins is
 * commit-schedule.ts's.
 *
 *     add ──▶ waiting ──takeBatch──▶ in flight ──settled──▶ gone
 *                └────────rejectFollowers / takeAll────────────▲
 */
export class CommitQueue {
  readonly #bytesMax: number
  #waiting: WaitingWrite[] = []
  #inFlight: readonly WaitingWrite[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes of what waits and what is in flight. */
  get bytes(): number {
    return this.#bytes
  }

  /** Writes that wait for a batch. */
  get waiting(): number {
    return this.#waiting.length
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.length === 0
  }

  /** Whether a write of so many bytes would be within the limit. One that is larger than the limit may go alone. */
  hasRoomFor(bytes: number): boolean {
    return this.isEmpty || this.#bytes + bytes <= this.#bytesMax
  }

  /** Does not ask for room: the log's own writes may pass the limit by a little. */
  add(waiting: WaitingWrite): void {
    this.#waiting.push(waiting)
    this.#bytes += waiting.bytes
  }

  /** The next batch, which is in flight from now on; empty while another one is, or when nothing waits. */
  takeBatch(): readonly WaitingWrite[] {
    if (this.#inFlight.length > 0) return []
    const count = batchLength(this.#waiting)
    this.#inFlight = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return this.#inFlight
  }

  /** The batch in flight came to an end, in whatever way. */
  settled(): void {
    for (const { bytes } of this.#inFlight) this.#bytes -= bytes
    this.#inFlight = []
  }

  /**
   * Takes out the appends that counted on a failed one: per document, those that want to follow a seq above `after`.
   * Without this they might slip in when, by chance, the head comes to stand where the failed append would have put it.
   */
  takeFollowers(failed: ReadonlyMap<DocumentId, Seq>): readonly WaitingWrite[] {
    if (failed.size === 0) return []
    const followers = this.#waiting.filter(({ write }) => isFollower(write, failed))
    this.#waiting = this.#waiting.filter(({ write }) => !isFollower(write, failed))
    for (const { bytes } of followers) this.#bytes -= bytes
    return followers
  }

  /** Takes everything out, in flight or not. */
  takeAll(): readonly WaitingWrite[] {
    const all = [...this.#inFlight, ...this.#waiting]
    this.#inFlight = []
    this.#waiting = []
    this.#bytes = 0
    return all
  }
}

/** Per document the lowest `after` among these appends. */
export function lowestAfters(writes: Iterable<Write>): ReadonlyMap<DocumentId, Seq> {
  const lowest = new Map<DocumentId, Seq>()
  for (const write of writes) {
    if (write.kind !== 'append') continue
    const { document, append } = write
    lowest.set(document, Math.min(append.after, lowest.get(document) ?? append.after))
  }
  return lowest
}

/** Whether this is an append that counted on one of those that failed. */
export function isFollower(write: Write, failed: ReadonlyMap<DocumentId, Seq>): boolean {
  if (write.kind !== 'append') return false
  const after = failed.get(write.document)
  return after !== undefined && write.append.after > after
}

function batchLength(waiting: readonly WaitingWrite[]): number {
  let bytes = 0
  let rows = 0
  for (const [at, { write, bytes: more }] of waiting.entries()) {
    bytes += more
    rows += rowsOf(write)
    if (at > 0 && (bytes > batchBytesMax || rows > batchWritesMax)) return at
  }
  return waiting.length
}

/** A write that deletes takes as long as it may: many of them must not make one long commit. */
function rowsOf(write: Write): number {
  switch (write.kind) {
    case 'append':
      return write.append.entries.length
    case 'trim':
    case 'sweep':
      return rowsDeletedMax
    case 'create':
    case 'snapshot':
    case 'delete':
      return 1
  }
}
