import type { Clock, Cursor, Seq, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Judgement, UpdateLog } from '@tidemark/log'
import type { Verified } from '@tidemark/protocol'
import { asTidemarkError, type Ended, endedBy, halted, refusedRetryMs } from './attached.ts'
import { equalBytes } from './bytes.ts'
import type { RelayEvent } from './events.ts'
import { pageBytesMax, type RelayLimits } from './limits.ts'
import type { LoadedDocument } from './loading.ts'
import type { Difference, ReplayTarget, ReplayWork } from './replay-work.ts'
import type { SnapshotCache } from './snapshot-cache.ts'
import type { SnapshotParts } from './snapshot-parts.ts'
import type { TailEntry } from './tail.ts'

/** The document that is asked about. */
export interface Inquired extends ReplayTarget {
  /** It is in memory, and stands for what the log has committed. */
  readonly isServing: boolean
  /** Only while it is serving. */
  readonly loaded: LoadedDocument
  /** Calls `run` once everything that was admitted before is durable, or has failed. */
  afterInFlight(run: () => void): void
  /** The log could not be read, or what it stores is damaged. */
  failed(failure: TidemarkError): void
}

export interface InquiriesDeps {
  readonly document: Inquired
  readonly log: UpdateLog
  readonly snapshots: SnapshotCache
  readonly replay: ReplayWork
  readonly clock: Clock
  readonly limits: RelayLimits
  readonly onEvent: (event: RelayEvent) => void
}

/**
 * What the sessions of one document ask that memory cannot answer: the log is read, or the replayer makes it. All answers
 * are of what the log has committed. Each comes once; none comes after the document stopped serving, which ends who asked.
 */
export class Inquiries {
  readonly #deps: InquiriesDeps
  /** There was no snapshot when the document was read, and nobody has noticed one since. */
  #hasNone = false

  constructor(deps: InquiriesDeps) {
    this.#deps = deps
  }

  /** What the log can tell of `cursor`: at once when what is in memory says it, else when the log has answered. */
  judge(cursor: Cursor, then: (judgement: Judgement) => void): void {
    const { document, log } = this.#deps
    const { lineage, head, tail } = document.loaded
    if (cursor.lineage === lineage && tail.checkAt(cursor.seq) === cursor.check) return then('held')
    if (cursor.seq > head) {
      sometimes('a cursor is beyond the head of its log')
      return then(log.issued(cursor) ? 'lost' : 'unknown')
    }
    sometimes('a cursor is older than what is in memory, or of another past')
    this.#ask(log.judge(document.id, cursor), then)
  }

  /** A page of entries after `seq` from the log; null when they are gone by now, replaced by a snapshot. */
  read(seq: Seq, then: (entries: readonly TailEntry[] | null) => void): void {
    const { document, log, limits } = this.#deps
    const page = log.read(document.id, seq, pageBytesMax(limits))
    this.#ask(page.catch(nullWhenGone), (entries) => {
      // What was compacted away is in a snapshot that is newer than the one in memory.
      if (entries === null) {
        sometimes('entries are gone when they are read: a snapshot stands for them')
        this.forgetSnapshot()
      }
      then(entries)
    })
  }

  /** The latest snapshot, the same bytes for all who ask within a while. null: the entries begin at seq 1. */
  snapshot(then: (parts: SnapshotParts | null) => void): void {
    const { document, snapshots } = this.#deps
    if (this.#hasNone) return then(null)
    this.#ask(snapshots.read(document.id), then)
  }

  /** Has the snapshot read while the document itself is. Whoever asks for it then is told of a failure. */
  prepareSnapshot(): void {
    const { document, snapshots } = this.#deps
    void snapshots.read(document.id)
  }

  /** The document was read, and this is the seq of its snapshot; 0: it has none. */
  snapshotKnown(seq: Seq): void {
    this.#hasNone = seq === 0
  }

  /** There is another one, or nobody needs it any more. */
  forgetSnapshot(): void {
    const { document, snapshots } = this.#deps
    this.#hasNone = false
    snapshots.forget(document.id)
  }

  /** What a replica with this state vector lacks, once everything that was pushed before is durable. */
  difference(
    stateVector: Uint8Array,
    encoding: Difference['encoding'],
    then: (difference: Difference | Ended) => void,
  ): void {
    const { document, replay } = this.#deps
    document.afterInFlight(() => {
      this.#askReplayer(replay.difference(document, stateVector, encoding), then)
    })
  }

  /** Compares content digests at `seq`; `unknown` when the document at that seq is out of reach. */
  verify(seq: Seq, claimed: Uint8Array, then: (outcome: Verified['outcome']) => void): void {
    const { document, replay } = this.#deps
    const { head, snapshotSeq } = document.loaded
    if (seq > head || seq < snapshotSeq) return then('unknown')
    this.#askReplayer(replay.digest(document, seq), (digest) => {
      if (!(digest instanceof Uint8Array)) then('unknown')
      else then(equalBytes(digest, claimed) ? 'equal' : 'different')
    })
  }

  #ask<T>(answer: Promise<T>, then: (value: T) => void): void {
    const { document } = this.#deps
    answer.then(
      (value) => {
        if (document.isServing) then(value)
      },
      (error: unknown) => document.failed(asTidemarkError(error)),
    )
  }

  /** As `#ask`, but what the replayer cannot do ends only who asked for it. */
  #askReplayer<T>(answer: Promise<T>, then: (value: T | Ended) => void): void {
    const { document } = this.#deps
    answer.then(
      (value) => {
        if (document.isServing) then(value)
      },
      (error: unknown) => {
        if (document.isServing) this.#replayFailed(asTidemarkError(error), then)
      },
    )
  }

  #replayFailed(failure: TidemarkError, then: (ended: Ended) => void): void {
    const { document, limits, onEvent } = this.#deps
    const { code, message } = failure
    if (code === 'log/failed') return document.failed(failure)
    // Whoever asks while the relay ends asks again where they come back to: nothing has failed.
    if (code !== 'relay/draining') onEvent({ type: 'replay-failed', document: document.id, message })
    // The entries themselves may be fine: who has a cursor is still served. Trying soon again would only cost.
    then(code === 'log/corrupt' ? halted(limits.haltedRetryMs) : endedBy(failure, refusedRetryMs))
  }
}

function nullWhenGone(error: unknown): null {
  if (error instanceof RangeError) return null
  throw error
}
