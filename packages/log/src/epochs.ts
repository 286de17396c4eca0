/**
 * The epochs of a document's log: who wrote which of its entries, as far as a log can know.
 *
 *     epochs  =  (first seq: f64, epoch: 4 bytes)*        big-endian, in the order of their seqs
 *     seq        1   2   3   4   5   6   7   8
 *     epochs     └─ a ─────┘ └─ b ─┘ └─ c ────▶           a at 1, b at 4, c at 6
 *
 * Whoever opens a log for writing draws an epoch, and adds it with the first entry that it appends. Within one epoch a
 * single process has only appended. So two logs of one lineage that have the same epoch at a seq have the same entries
 * up to there: what a copy that was put back holds is what both have in common, and beyond it no epoch is the same. That
 * is true below the floor as well, where no entry is left to compare. (The idea is that of KIP-101, leader epochs.)
 */
import type { Seq } from '@tidemark/base'

/** 32 random bits as 8 lower-case hex digits. Two pasts of a document share one by accident once in 2^32 times. */
export type Epoch = string

export const epochBytes = 4

/** Openings that a document's row remembers, 3 KiB at most. Cursors from before the oldest of them prove nothing. */
export const epochsMax = 256

/** Of entries that were stored before there were epochs. */
const epochBefore: Epoch = '00'.repeat(epochBytes)

const rowBytes = 8 + epochBytes

/** The epoch in force at `seq`; null when that is forgotten. */
export function epochAt(epochs: Uint8Array, seq: Seq): Epoch | null {
  const table = viewOf(epochs)
  for (let at = table.length - rowBytes; at >= 0; at -= rowBytes)
    if (table.readDoubleBE(at) <= seq) return table.toString('hex', at + 8, at + rowBytes)
  return null
}

/** The same with `epoch` in force from `first` on, which follows all that is there. The oldest make room. */
export function withEpoch(epochs: Uint8Array, first: Seq, epoch: Epoch): Uint8Array {
  const before = epochs.length > 0 || first === 1 ? viewOf(epochs) : rowOf(1, epochBefore)
  const kept = before.subarray(Math.max(0, before.length - (epochsMax - 1) * rowBytes))
  return Buffer.concat([kept, rowOf(first, epoch)])
}

function rowOf(first: Seq, epoch: Epoch): Buffer {
  const row = Buffer.alloc(rowBytes)
  row.writeDoubleBE(first, 0)
  row.write(epoch, 8, 'hex')
  return row
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
