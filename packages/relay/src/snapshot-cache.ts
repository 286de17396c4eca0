import type { Clock, DocumentId, Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Snapshot, UpdateLog } from '@tidemark/log'
import type { RelayLimits } from './limits.ts'
import { SnapshotParts } from './snapshot-parts.ts'

export interface SnapshotCacheDeps {
  readonly log: Pick<UpdateLog, 'readSnapshot'>
  readonly clock: Clock
  readonly limits: Pick<RelayLimits, 'snapshotCacheMs' | 'snapshotCacheBytesMax'>
}

interface Kept {
  readonly snapshot: Promise<SnapshotParts | null>
  readonly cancel: Unsubscribe
  /** 0 while it is being read. */
  bytes: number
}

/**
 * The latest snapshots of a relay's documents, each for a while after it was asked for: many tend to join at once. Beyond
 * `snapshotCacheBytesMax` the oldest go first, but never the one that was read last, however large.
 */
export class SnapshotCache {
  readonly #deps: SnapshotCacheDeps
  /** In the order in which they were asked for. */
  readonly #kept = new Map<DocumentId, Kept>()
  #bytes = 0

  constructor(deps: SnapshotCacheDeps) {
    this.#deps = deps
  }

  /** Null: the document has none. Rejects as the log does, and again for whoever asks until it is forgotten. */
  read(document: DocumentId): Promise<SnapshotParts | null> {
    return (this.#kept.get(document) ?? this.#begin(document)).snapshot
  }

  forget(document: DocumentId): void {
    const kept = this.#kept.get(document)
    if (!kept) return
    kept.cancel()
    this.#kept.delete(document)
    this.#bytes -= kept.bytes
  }

  #begin(document: DocumentId): Kept {
    const { log, clock, limits } = this.#deps
    const kept: Kept = {
      snapshot: log.readSnapshot(document).then(partsOf),
      cancel: clock.after(limits.snapshotCacheMs, () => this.forget(document)),
      bytes: 0,
    }
    this.#kept.set(document, kept)
    kept.snapshot.then(
      (parts) => this.#weigh(document, kept, parts?.bytes ?? 0),
      () => {
        // Whoever asks is told.
      },
    )
    return kept
  }

  #weigh(document: DocumentId, kept: Kept, bytes: number): void {
    if (this.#kept.get(document) !== kept) return
    kept.bytes = bytes
    this.#bytes += bytes
    for (const [other, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#deps.limits.snapshotCacheBytesMax) return
      if (other === document || bytes === 0) continue
      sometimes('a snapshot that was kept for the next joiner makes room for another')
      this.forget(other)
    }
  }
}

function partsOf(snapshot: Snapshot | null): SnapshotParts | null {
  if (snapshot === null) return null
  const { seq, check, body } = snapshot
  return new SnapshotParts({ seq, check, encoding: 'v2-deflate', bytes: body }, 'shared')
}
