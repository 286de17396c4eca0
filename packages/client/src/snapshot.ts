import type { Check, Seq } from '@tidemark/base'
import { concatFrames, type SnapshotEncoding, type SnapshotPart } from '@tidemark/protocol'

export interface Snapshot {
  readonly seq: Seq
  readonly check: Check
  readonly encoding: SnapshotEncoding
  readonly bytes: Uint8Array
}

/** Puts the parts of a snapshot together. They arrive in order; one at offset 0 begins anew. */
export interface SnapshotCollector {
  /** The whole when this was its last part; `bad` when it does not continue what came before. */
  add(part: SnapshotPart): Snapshot | 'more' | 'bad'
}

export function createSnapshotCollector(): SnapshotCollector {
  let parts: Uint8Array[] = []
  let bytes = 0
  let announced = 0

  return {
    add({ seq, check, encoding, totalBytes, offset, bytes: part }) {
      if (offset === 0) {
        parts = []
        bytes = 0
        announced = totalBytes
      }
      if (offset !== bytes || totalBytes !== announced) return 'bad'
      parts.push(part)
      bytes += part.length
      if (bytes < totalBytes) return part.length === 0 ? 'bad' : 'more'
      return { seq, check, encoding, bytes: concatFrames(parts) }
    },
  }
}
