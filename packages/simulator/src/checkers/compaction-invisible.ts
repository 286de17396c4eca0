import { inflateRawSync } from 'node:zlib'
import type { DocumentId, Seq } from '@tidemark/base'
import type { Snapshot } from '@tidemark/log'
import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import { contentOf } from '../oracle/content.ts'
import { type DocumentTruth, replay } from '../oracle/log-truth.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import { hashBytes } from '../world/seeded-random.ts'
import type { Checker } from './checker.ts'

/**
 * S10: compaction is invisible. Each snapshot, at the moment at which it is written, gives with the entries after it what
 * all entries ever appended give: the same content, the same deletions. And entries go only when such a snapshot, whole
 * as it was written, stands for them.
 */
export function createCompactionInvisible({ disk, log }: Pick<Scene, 'disk' | 'log'>): Checker {
  /** Snapshots that were found right, by what they are. */
  const verified = new Set<string>()

  disk.watch({
    snapshotWritten(document, snapshot) {
      // What Yjs makes of that one, if it comes to an end with it, nobody can say.
      if (log.isHarmed(document)) return
      const truth = mustHave(log.of(document), document)
      requireEqual(document, truth, snapshot)
      verified.add(nameOf(document, truth, snapshot))
    },

    trimmed(document, floor) {
      if (floor === 0 || log.isHarmed(document)) return
      const truth = mustHave(log.of(document), document)
      const { rows } = disk.durable
      const stored = rows.snapshots(rows.document(document)?.id ?? 0)
      if (stored.some((row) => row.seq >= floor && verified.has(nameOf(document, truth, row)))) return
      throw new Violation(
        'S10',
        `${document}: entries up to ${floor} are gone, and no snapshot stands for them`,
      )
    },
  })
  return {}
}

function requireEqual(document: DocumentId, truth: DocumentTruth, { seq, check, body }: Snapshot): void {
  if (truth.entries[seq - 1]?.check !== check)
    throw new Violation('S10', `${document}: the snapshot at ${seq} names another history`)
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, inflateRawSync(body))
  replay(
    doc,
    truth.entries.slice(seq).map(({ update }) => update),
    document,
  )
  const difference = differenceBetween(doc, truth.reference)
  doc.destroy()
  if (difference !== null)
    throw new Violation('S10', `${document}: the snapshot at ${seq} and what follows ${difference}`)
}

/** Our digest, and what Yjs itself says of states and deletions: each would see what the other's mistake hides. */
function differenceBetween(doc: Y.Doc, reference: Y.Doc): string | null {
  const [own, expected] = [digest(doc), digest(reference)]
  if (own === null || expected === null) return 'leave something pending'
  if (Buffer.compare(own, expected) !== 0)
    return `read\n  ${contentOf(doc)}\nand all entries\n  ${contentOf(reference)}`
  return Y.equalSnapshots(Y.snapshot(doc), Y.snapshot(reference))
    ? null
    : 'delete other things than all entries'
}

function nameOf(
  document: DocumentId,
  { lineage }: DocumentTruth,
  { seq, summary, body }: { seq: Seq; summary: Uint8Array; body: Uint8Array },
): string {
  return `${document} ${lineage} ${seq} ${hashBytes(summary)} ${hashBytes(body)}`
}

function mustHave(truth: DocumentTruth | undefined, document: DocumentId): DocumentTruth {
  if (truth === undefined) throw new Violation('S10', `${document} is compacted, and holds nothing`)
  return truth
}
