import { type Check, type DocumentId, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { SnapshotEncoding } from '@tidemark/protocol'
import type { WorkLog } from './failure-watch.ts'
import { forEachEntry } from './loading.ts'
import { packEntries } from './packed-entries.ts'
import type { Replayer, ReplaySource } from './replayer.ts'

/** What a replica lacks of the document as it was at `seq`. */
export interface Difference {
  readonly seq: Seq
  readonly check: Check
  readonly encoding: SnapshotEncoding
  readonly bytes: Uint8Array
}

/** A document's position at the moment of asking. */
export interface ReplayTarget {
  readonly id: DocumentId
  readonly lineage: Lineage
  readonly head: Seq
  readonly check: Check
}

interface DifferenceBatch {
  readonly stateVectors: Uint8Array[]
  readonly answer: Promise<{
    readonly seq: Seq
    readonly check: Check
    readonly bytes: readonly Uint8Array[]
  }>
}

/**
 * Gathers what the replayer needs from the log, and lets those who ask for the same share one job: after a restart
 * everybody asks at once, and loading the document is the dear part.
 */
export class ReplayWork {
  readonly #log: WorkLog
  readonly #replayer: Replayer
  readonly #pageBytes: number
  readonly #differences = new Map<string, DifferenceBatch>()
  readonly #digests = new Map<string, Promise<Uint8Array>>()

  constructor(log: WorkLog, replayer: Replayer, pageBytes: number) {
    this.#log = log
    this.#replayer = replayer
    this.#pageBytes = pageBytes
  }

  /** What the holder of `stateVector` lacks of the document as it is now. */
  async difference(
    target: ReplayTarget,
    stateVector: Uint8Array,
    encoding: SnapshotEncoding,
  ): Promise<Difference> {
    const batch = this.#batchFor(target, encoding)
    const place = batch.stateVectors.push(stateVector) - 1
    const { seq, check, bytes } = await batch.answer
    return { seq, check, encoding, bytes: bytes[place] as Uint8Array }
  }

  /** The content digest at `seq`, which must not be below the latest snapshot's. */
  digest({ id, lineage }: ReplayTarget, seq: Seq): Promise<Uint8Array> {
    const key = `${id}\u0000${lineage}\u0000${seq}`
    return share(this.#digests, key, async () => this.#replayer.digest(await this.source(id, seq)))
  }

  /** @throws TidemarkError `log/corrupt` when the log has a snapshot beyond `through`. */
  async source(document: DocumentId, through: Seq): Promise<ReplaySource> {
    const snapshot = await this.#log.readSnapshot(document)
    const after = snapshot?.seq ?? 0
    if (after > through) sometimes('a snapshot is newer than what was asked for')
    if (after > through)
      throw new TidemarkError('relay/overloaded', `seq ${through} is behind a snapshot by now`)
    try {
      return { snapshot, entries: await this.#entries(document, after, through) }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      // Compacted twice meanwhile, as happens at rest: a newer snapshot stands for what is gone.
      const latest = await this.#log.readSnapshot(document)
      if ((latest?.seq ?? 0) <= after) throw error
      return this.source(document, through)
    }
  }

  async #entries(document: DocumentId, after: Seq, through: Seq): Promise<ReplaySource['entries']> {
    const entries: { update: Uint8Array; author: string }[] = []
    await forEachEntry(this.#log, document, after, through, this.#pageBytes, (entry) => entries.push(entry))
    return packEntries(entries)
  }

  /** The batch that is being gathered for this document, or a new one. It takes more until its job begins. */
  #batchFor({ id, lineage, head, check }: ReplayTarget, encoding: SnapshotEncoding): DifferenceBatch {
    const key = `${id}\u0000${lineage}\u0000${head}\u0000${encoding}`
    const gathering = this.#differences.get(key)
    if (gathering) sometimes('several ask for a difference, and the document is loaded once')
    if (gathering) return gathering
    const stateVectors: Uint8Array[] = []
    const answer = this.source(id, head).then((source) => {
      this.#differences.delete(key)
      return this.#replayer.differences({ ...source, stateVectors, encoding })
    })
    const forgotten = answer.catch((error: unknown) => {
      this.#differences.delete(key)
      throw error
    })
    const batch = { stateVectors, answer: forgotten.then((bytes) => ({ seq: head, check, bytes })) }
    this.#differences.set(key, batch)
    return batch
  }
}

function share<T>(pending: Map<string, Promise<T>>, key: string, run: () => Promise<T>): Promise<T> {
  const shared = pending.get(key)
  if (shared) return shared
  const answer = run().finally(() => pending.delete(key))
  pending.set(key, answer)
  return answer
}
