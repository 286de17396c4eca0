import { type Check, type DocumentId, emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import type { Entry, LogState, UpdateLog } from '@tidemark/log'
import type { Held } from './admission.ts'
import { createHeld, takeEntry } from './history.ts'
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
  /** Bytes of the entries after the snapshot. */
  bytesSinceSnapshot: number
  /** After a compaction that failed: not again before the log has grown by as much. */
  compactNotBefore: Seq
  /** Includes what is being appended. */
  readonly held: Held
  readonly tail: Tail
}

export interface LoadingLimits {
  readonly readBytes: number
  readonly tailBytesMax: number
}

/** Reads a document's state; null when the log has no such document. Cost: the entries since the last snapshot. */
export async function loadDocument(
  log: UpdateLog,
  document: DocumentId,
  limits: LoadingLimits,
): Promise<LoadedDocument | null> {
  const state = await log.load(document)
  return state && (await replayTail(log, document, state, limits))
}

/** As `loadDocument`, but makes the document with `lineage` first when there is none. */
export async function createDocument(
  log: UpdateLog,
  document: DocumentId,
  lineage: Lineage,
  limits: LoadingLimits,
): Promise<LoadedDocument> {
  return replayTail(log, document, await log.create(document, lineage), limits)
}

async function replayTail(
  log: UpdateLog,
  document: DocumentId,
  state: LogState,
  limits: LoadingLimits,
): Promise<LoadedDocument> {
  const { lineage, head, check, floor, snapshot } = state
  const held = snapshot ? decodeSummary(snapshot.summary) : createHeld()
  const snapshotSeq = snapshot?.seq ?? 0
  const tail = new Tail(snapshotSeq, snapshot?.check ?? emptyCheck, limits.tailBytesMax)
  const loaded: LoadedDocument = {
    lineage,
    head,
    check,
    floor,
    snapshotSeq,
    bytesSinceSnapshot: 0,
    compactNotBefore: 0,
    held,
    tail,
  }
  await forEachEntry(log, document, snapshotSeq, head, limits.readBytes, (entry) => {
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
