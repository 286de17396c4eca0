import {
  type Check,
  type Clock,
  type DocumentId,
  type Lineage,
  type Seq,
  TidemarkError,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { RelayEvent } from './events.ts'
import type { WorkLog } from './failure-watch.ts'
import type { RelayLimits } from './limits.ts'
import type { LoadedDocument } from './loading.ts'
import type { ReplayWork } from './replay-work.ts'
import type { Replayer } from './replayer.ts'

export interface CompactionStats {
  /** Entries and bytes that the log holds beyond its latest snapshot. */
  readonly entries: number
  readonly bytes: number
}

export interface CompactionPolicy {
  readonly entriesMin: number
  readonly bytesMin: number
}

/** In the midst of work, after a while without, or when the document leaves memory. */
export type CompactionMoment = 'busy' | 'quiet' | 'evicted'

export type CompactionLimits = Pick<
  RelayLimits,
  | 'compactEntriesMax'
  | 'compactBytesMax'
  | 'compactQuietEntriesMin'
  | 'compactQuietBytesMin'
  | 'compactEvictedEntriesMin'
  | 'compactQuietMs'
  | 'compactKeptEntries'
  | 'snapshotBytesMax'
>

/** The later the moment, the less is enough: whoever waits for a compaction to end may ask again at a later one. */
function compactionPolicy(moment: CompactionMoment, limits: CompactionLimits): CompactionPolicy {
  switch (moment) {
    case 'busy':
      return { entriesMin: limits.compactEntriesMax, bytesMin: limits.compactBytesMax }
    case 'quiet':
      return {
        entriesMin: Math.min(limits.compactQuietEntriesMin, limits.compactEntriesMax),
        bytesMin: Math.min(limits.compactQuietBytesMin, limits.compactBytesMax),
      }
    case 'evicted': {
      const { entriesMin, bytesMin } = compactionPolicy('quiet', limits)
      return { entriesMin: Math.min(limits.compactEvictedEntriesMin, entriesMin), bytesMin }
    }
  }
}

/** Whether a snapshot should be made now. */
export function planCompaction(stats: CompactionStats, policy: CompactionPolicy): 'wait' | 'compact' {
  if (stats.entries === 0) return 'wait'
  return stats.entries >= policy.entriesMin || stats.bytes >= policy.bytesMin ? 'compact' : 'wait'
}

export interface CompactionDeps {
  readonly log: WorkLog
  readonly replayer: Replayer
  readonly replay: ReplayWork
  readonly clock: Clock
  readonly limits: CompactionLimits
  readonly onEvent: (event: RelayEvent) => void
}

export interface CompactionTarget {
  readonly id: DocumentId
  /** Where its log stands; told when the job is done. */
  readonly loaded: LoadedDocument
  readonly onCompacted: () => void
}

/** That a document is to be compacted. */
interface Request {
  readonly target: CompactionTarget
  readonly moment: CompactionMoment
}

interface CompactionJob extends Request {
  readonly lineage: Lineage
  readonly seq: Seq
  readonly check: Check
  /** Of the entries that the snapshot will stand for. */
  readonly bytes: number
}

/** What an entry takes on the disk beside its update: its row, and its place in the index. Measured. */
const entryStoredBytes = 75

/**
 * Whether a document at rest is to have a second snapshot right behind its latest, for no other reason than that the log
 * can let go of what the latest stands for: nobody may ever write there again. Not for less than the snapshot takes.
 */
function holdsTooMuch(
  { snapshotSeq, floor, snapshotBytes }: LoadedDocument,
  moment: CompactionMoment,
): boolean {
  return moment !== 'busy' && (snapshotSeq - floor) * entryStoredBytes >= snapshotBytes
}

/** A snapshot of all, or of all but the last entries: there must be some left for a second one at rest. */
function planJob(target: CompactionTarget, moment: CompactionMoment, keptEntries: number): CompactionJob {
  const { lineage, head, check, snapshotSeq, bytesSinceSnapshot: bytes, tail } = target.loaded
  const seq = head - keptEntries
  const checkThere = seq - snapshotSeq >= keptEntries ? tail.checkAt(seq) : undefined
  if (checkThere === undefined) return { target, moment, lineage, seq: head, check, bytes }
  return { target, moment, lineage, seq, check: checkThere, bytes: bytes - tail.bytesAfter(seq) }
}

/**
 * Replaces prefixes of logs by snapshots: one document at a time, off the main thread.
 *
 *     read snapshot and entries ─▶ build and verify ─▶ write the snapshot ─▶ trim up to the one before
 *
 * A crash after any step leaves a full path: the new snapshot counts once it is written whole, and what the previous
 * one needs stays until the next time. At rest there would be no next time: where that frees room, a second snapshot is
 * made right behind the first, and the log then holds both and the entries in between.
 */
export class CompactionQueue {
  readonly #deps: CompactionDeps
  readonly #jobs = new Map<DocumentId, CompactionJob>()
  #running: DocumentId | null = null
  /** Who asked last for the document that is being compacted: it has grown, and nobody may ask a second time. */
  #again: Request | null = null
  /** Who asked last for documents for whose snapshots there was no room. */
  readonly #forRoom = new Map<DocumentId, Request>()
  #closed = false

  constructor(deps: CompactionDeps) {
    this.#deps = deps
  }

  /** Queues the document if its log has gathered enough since the last snapshot. At most one job per document. */
  consider(target: CompactionTarget, moment: CompactionMoment): void {
    const { head: seq, snapshotSeq, bytesSinceSnapshot: bytes } = target.loaded
    if (seq === snapshotSeq || this.#closed) return
    const policy = compactionPolicy(moment, this.#deps.limits)
    if (this.#forRoom.has(target.id)) this.#forRoom.set(target.id, { target, moment })
    const plan = planCompaction({ entries: seq - snapshotSeq, bytes }, policy)
    if (plan === 'wait' && !holdsTooMuch(target.loaded, moment)) return
    if (plan === 'wait') sometimes('a document at rest gets a second snapshot behind its latest')
    if (this.#running === target.id) {
      sometimes('a document grows while it is compacted')
      this.#again = { target, moment }
      return
    }
    if (seq < target.loaded.compactNotBefore)
      return sometimes('a document whose compaction failed is not compacted again at once')
    if (this.#running !== null) sometimes('a compaction waits for another')
    this.#jobs.set(target.id, planJob(target, moment, this.#deps.limits.compactKeptEntries))
    this.#next()
  }

  /** Takes no more jobs; one that runs is left to the log to finish or refuse. */
  close(): void {
    this.#closed = true
    this.#jobs.clear()
  }

  #next(): void {
    const [job] = this.#jobs.values()
    if (!job || this.#running !== null) return
    this.#jobs.delete(job.target.id)
    this.#running = job.target.id
    compactDocument(this.#deps, job).then(
      (compacted) => this.#done(job, compacted),
      (error: unknown) => this.#failed(job, error),
    )
  }

  #done({ target, bytes, seq, moment }: CompactionJob, { floor, bodyBytes }: Compacted): void {
    const { id, loaded, onCompacted } = target
    this.#running = null
    this.#forRoom.delete(id)
    loaded.snapshotSeq = seq
    loaded.floor = Math.max(loaded.floor, floor)
    loaded.bytesSinceSnapshot -= bytes
    loaded.snapshotBytes = bodyBytes
    onCompacted()
    this.#deps.onEvent({ type: 'document-compacted', document: id, seq, floor, bytes: bodyBytes })
    // Once more, at rest.
    if (moment !== 'busy') this.consider(target, moment)
    this.#reconsider()
    this.#next()
  }

  #failed({ target, moment, seq }: CompactionJob, error: unknown): void {
    const { id, loaded } = target
    sometimes('a compaction fails')
    this.#running = null
    loaded.compactNotBefore = seq + Math.max(seq - loaded.snapshotSeq, 1)
    if (this.#closed) return
    this.#deps.onEvent({ type: 'compaction-failed', document: id, message: String(error) })
    if (error instanceof TidemarkError && error.code === 'log/full') this.#waitForRoom({ target, moment })
    this.#reconsider()
    this.#next()
  }

  /** Somebody makes room sooner or later, and nobody may write to this document any more. */
  #waitForRoom(request: Request): void {
    const { id } = request.target
    if (this.#forRoom.has(id) || this.#forRoom.size >= forRoomMax) return
    this.#forRoom.set(id, request)
    this.#deps.clock.after(quietsForRoom * this.#deps.limits.compactQuietMs, () => {
      const latest = this.#forRoom.get(id)
      this.#forRoom.delete(id)
      if (!latest) return
      sometimes('a compaction for which there was no room is tried again')
      latest.target.loaded.compactNotBefore = 0
      this.consider(latest.target, latest.moment)
    })
  }

  #reconsider(): void {
    const again = this.#again
    this.#again = null
    if (again) this.consider(again.target, again.moment)
  }
}

/** Each keeps a document's state in memory. Above: tried again when the log has grown by as much. */
const forRoomMax = 100

/** Each try reads all that is to be compacted. */
const quietsForRoom = 4

interface Compacted {
  readonly floor: Seq
  readonly bodyBytes: number
}

async function compactDocument(deps: CompactionDeps, job: CompactionJob): Promise<Compacted> {
  const { log, replay, replayer, clock, limits } = deps
  const { lineage, seq, check } = job
  const document = job.target.id
  const source = await replay.source(document, seq)
  const { summary, body } = await replayer.compact({
    ...source,
    seq,
    check,
    bytesMax: limits.snapshotBytesMax,
  })
  await log.writeSnapshot(document, lineage, { seq, check, summary, body, timeMs: clock.now() })
  const floor = source.snapshot ? await log.trim(document, lineage, source.snapshot.seq) : 0
  return { floor, bodyBytes: body.length }
}
