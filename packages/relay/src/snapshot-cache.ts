import type { Clock, DocumentId, Unsubscribe } from '@tidemark/base'
import type { Snapshot, UpdateLog } from '@tidemark/log'
import { SnapshotParts } from './snapshot-parts.ts'

/** A document's latest snapshot for a while after it was asked for: many tend to join at once. */
export class SnapshotCache {
  /** There was none when the document was read, and nobody has noticed one since. */
  isKnownToBeNone = false
  readonly #log: UpdateLog
  readonly #clock: Clock
  readonly #keepMs: number
  #kept: { readonly snapshot: Promise<SnapshotParts | null>; readonly cancel: Unsubscribe } | null = null

  constructor(log: UpdateLog, clock: Clock, keepMs: number) {
    this.#log = log
    this.#clock = clock
    this.#keepMs = keepMs
  }

  /** Has it read before it is asked for. Whoever asks then is told of a failure. */
  prepare(document: DocumentId): void {
    this.read(document).catch(() => {})
  }

  read(document: DocumentId): Promise<SnapshotParts | null> {
    this.#kept ??= {
      snapshot: this.#log.readSnapshot(document).then(partsOf),
      cancel: this.#clock.after(this.#keepMs, () => this.forget()),
    }
    return this.#kept.snapshot
  }

  forget(): void {
    this.isKnownToBeNone = false
    this.#kept?.cancel()
    this.#kept = null
  }
}

function partsOf(snapshot: Snapshot | null): SnapshotParts | null {
  if (snapshot === null) return null
  const { seq, check, body } = snapshot
  return new SnapshotParts({ seq, check, encoding: 'v2-deflate', bytes: body }, 'shared')
}
