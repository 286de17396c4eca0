import { type Check, type DocumentId, emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import type { Entry, LogState, UpdateLog } from '@tidemark/log'
import type { Held } from './admission.ts'
import { createHeld, takeEntry } from './history.ts'
import { Lanes } from './lanes.ts'
import { decodeSummary } from './summary.ts'
import { Tail } from './tail.ts'

/** A document's state as its log gives it, ready to be appended to. */
export interface LoadedDocument {
  readonly lineage: Lineage
  head: Seq
  check: Check
  floor: Seq
  /** Seq of the latest snapshot; 0 when there is none. */
  snapshotSeq: Seq
  /** Bytes of its body, once it has been made here. */
  snapshotBytes: number
  /** Bytes of the entries after the snapshot. */
  bytesSinceSnapshot: number
  /** After a compaction that failed: not again before the log has grown by as much, or there may be room again. */
  compactNotBefore: Seq
  /** Includes what is being appended. */
  readonly held: Held
  /** Larger than it may stay: whoever takes the document over limits it when those who wait have been served. */
  readonly tail: Tail
}

export interface LoadingLimits {
  readonly readBytes: number
  readonly tailBytesMax: number
}

/** Documents whose entries are read at a time. The log has one thread for it: more would only hold more in memory. */
const lanesMax = 8

/** While a document is being opened its tail may be so many times larger: those who wait for it are sent it from there. */
const openingTailTimes = 16

/** Reads documents from the log. */
export class DocumentLoader {
  readonly #log: UpdateLog
  readonly #limits: LoadingLimits
  // At most `documentsMax` wait: each document in memory once.
  readonly #lanes = new Lanes(lanesMax)

  constructor(log: UpdateLog, limits: LoadingLimits) {
    this.#log = log
    this.#limits = limits
  }

  /** A document's state; null when the log has no such document. Cost: the entries since the last snapshot. */
  async load(document: DocumentId): Promise<LoadedDocument | null> {
    const state = await this.#log.load(document)
    return state && this.#replay(document, state)
  }

  /** As `load`, but makes the document with `lineage` first when there is none. */
  async create(document: DocumentId, lineage: Lineage): Promise<LoadedDocument> {
    return this.#replay(document, await this.#log.create(document, lineage))
  }

  /**
   * A document that has just left memory may still be compacted, twice at rest: what was to be read after one snapshot is
   * then cut off before the next. Each further try follows a newer snapshot, so there are few.
   */
  async #replay(document: DocumentId, state: LogState): Promise<LoadedDocument> {
    try {
      return await this.#replayOnce(document, state)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const now = await this.#log.load(document)
      if (now === null || snapshotSeqOf(now) <= snapshotSeqOf(state)) throw error
      return this.#replay(document, now)
    }
  }

  #replayOnce(document: DocumentId, state: LogState): Promise<LoadedDocument> {
    const replay = (): Promise<LoadedDocument> => replayTail(this.#log, document, state, this.#limits)
    return state.head === snapshotSeqOf(state) ? replay() : this.#lanes.run(replay)
  }
}

function snapshotSeqOf({ snapshot }: LogState): Seq {
  return snapshot?.seq ?? 0
}

async function replayTail(
  log: UpdateLog,
  document: DocumentId,
  state: LogState,
  { readBytes, tailBytesMax }: LoadingLimits,
): Promise<LoadedDocument> {
  const { lineage, head, check, floor, snapshot } = state
  const held = snapshot ? decodeSummary(snapshot.summary) : createHeld()
  const snapshotSeq = snapshotSeqOf(state)
  const tail = new Tail(snapshotSeq, snapshot?.check ?? emptyCheck, openingTailTimes * tailBytesMax)
  const loaded: LoadedDocument = {
    lineage,
    head,
    check,
    floor,
    snapshotSeq,
    snapshotBytes: Number.POSITIVE_INFINITY,
    bytesSinceSnapshot: 0,
    compactNotBefore: 0,
    held,
    tail,
  }
  await forEachEntry(log, document, snapshotSeq, head, readBytes, (entry) => {
    takeEntry(held, entry.update, entry.author)
    tail.push(entry)
    loaded.bytesSinceSnapshot += entry.update.length
  })
  return loaded
}

/**
 * Reads the entries after `after` up to and including `through`, in order, a page at a time. The log reads the next page
 * while this one is being visited.
 */
export async function forEachEntry(
  log: Pick<UpdateLog, 'read'>,
  document: DocumentId,
  after: Seq,
  through: Seq,
  pageBytes: number,
  visit: (entry: Entry) => void,
): Promise<void> {
  const readAfter = (seq: Seq): Promise<readonly Entry[]> => {
    const page = log.read(document, seq, pageBytes)
    // Nobody waits for it when visiting the one before ends all.
    page.catch(() => {})
    return page
  }
  let reading = after < through ? readAfter(after) : null
  while (reading) {
    const page = await reading
    const last = page.at(-1)
    if (last === undefined) throw new RangeError(`the log of ${document} ends before ${through}`)
    reading = last.seq < through ? readAfter(last.seq) : null
    for (const entry of page) if (entry.seq <= through) visit(entry)
  }
}
