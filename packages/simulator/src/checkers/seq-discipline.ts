import type { DocumentId } from '@tidemark/base'
import type { LogStore } from '@tidemark/log'
import type { ArchivedEntry, DocumentTruth } from '../oracle/log-truth.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

const everything = Number.MAX_SAFE_INTEGER

/**
 * S9: per document and lineage a seq is dense, unique and immutable. The truth sees every append as it becomes durable,
 * and refuses one that does not follow the head. Here, at rest: what the log gives back is what was appended, byte for
 * byte, seq by seq, under the same checks.
 */
export function createSeqDiscipline(scene: Pick<Scene, 'disk' | 'log'>): Checker {
  return {
    atRest() {
      for (const [document, truth] of scene.log.documents) {
        if (!scene.disk.isDamaged(document)) requireAsAppended(scene.disk.durable, document, truth)
      }
    },
  }
}

function requireAsAppended(store: LogStore, document: DocumentId, truth: DocumentTruth): void {
  const state = store.load(document)
  if (state === null) throw new Violation('S9', `${document} was created, and the log does not know it`)
  const { lineage, head, check, floor } = state
  if (lineage !== truth.lineage || head !== truth.head || check !== truth.check)
    throw new Violation('S9', `${document} stands at ${head} of ${lineage}, and ${truth.head} were appended`)
  for (const { seq, update, author, check } of store.read(document, floor, everything)) {
    const written = truth.entries[seq - 1] as ArchivedEntry
    if (check === written.check && author === written.author && Buffer.compare(update, written.update) === 0)
      continue
    throw new Violation('S9', `${document}: entry ${seq} is not the one that was appended`)
  }
}
