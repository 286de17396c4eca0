import { type DocumentId, TidemarkError } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'

/** What work on a document asks of the log besides its sessions: compaction, differences, digests. */
export type WorkLog = Pick<UpdateLog, 'read' | 'readSnapshot' | 'writeSnapshot' | 'trim'>

/**
 * The log for work that nobody waits for. It may fail without harm, and must not fail in silence: when the reason is that
 * the document's bytes are damaged, or the whole log has failed, `failed` is told before whoever asked.
 */
export function watchFailures(
  log: UpdateLog,
  failed: (document: DocumentId, failure: TidemarkError) => void,
): WorkLog {
  function watch<T>(document: DocumentId, answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      if (error instanceof TidemarkError && isOfTheLog(error)) failed(document, error)
      throw error
    })
  }

  return {
    read: (document, after, bytesMax) => watch(document, log.read(document, after, bytesMax)),
    readSnapshot: (document) => watch(document, log.readSnapshot(document)),
    writeSnapshot: (document, lineage, snapshot) =>
      watch(document, log.writeSnapshot(document, lineage, snapshot)),
    trim: (document, lineage, through) => watch(document, log.trim(document, lineage, through)),
  }
}

function isOfTheLog({ code }: TidemarkError): boolean {
  return code === 'log/corrupt' || code === 'log/failed'
}
