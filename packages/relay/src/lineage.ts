import { createHash } from 'node:crypto'
import type { Cursor, DocumentId, Lineage, RandomBytes } from '@tidemark/base'

/**
 * The lineage of a new document: random, and bound to the document's id.
 *
 *     lineage  =  random ‖ first 8 bytes of SHA-256(random ‖ document id)      8 + 8 bytes; the id is UTF-8
 *
 * Why bound. A cursor that the log issued proves a loss, and who proves a loss may give back what others wrote. The
 * log's tag covers the lineage and not the document. If a cursor of one document could lend its lineage to another,
 * somebody could grow a document of their own, make a second one with its lineage, and there forge the edits of others.
 */
export function newLineage(document: DocumentId, randomBytes: RandomBytes): Lineage {
  const random = Buffer.from(randomBytes(8))
  return random.toString('hex') + bindingOf(random, document)
}

/** Whether `lineage` was made for this document. */
export function isLineageOf(lineage: Lineage, document: DocumentId): boolean {
  return lineage.slice(16) === bindingOf(Buffer.from(lineage.slice(0, 16), 'hex'), document)
}

/**
 * The lineage that a document had before the log lost it, as one of `cursors` proves; null when none does.
 *
 * A log that was put back from before the document was made knows nothing of it but its own signature under the cursors
 * that replicas bring.
 */
export function provenLineage(
  document: DocumentId,
  cursors: Iterable<Cursor | null>,
  issued: (cursor: Cursor) => boolean,
): Lineage | null {
  for (const cursor of cursors) {
    if (cursor && isLineageOf(cursor.lineage, document) && issued(cursor)) return cursor.lineage
  }
  return null
}

function bindingOf(random: Uint8Array, document: DocumentId): string {
  return createHash('sha256').update(random).update(document).digest('hex').slice(0, 16)
}
