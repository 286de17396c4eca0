import { inflateRawSync } from 'node:zlib'
import type { DocumentId, Lineage, Seq } from '@tidemark/base'
import type { Entry, Snapshot, UpdateLog } from '@tidemark/log'
import { openSqliteLog } from '@tidemark/log/sqlite'
import * as Y from 'yjs'

/** A document as a database holds it. */
export interface StoredDocument {
  readonly lineage: Lineage
  readonly head: Seq
  readonly snapshot: Snapshot | null
  /** Those that were not cut, from the floor on. */
  readonly entries: readonly Entry[]
}

const everything = 2 ** 30

/** Reads all documents of a relay that is stopped, with the log package alone. */
export async function readStoredLog(folder: string): Promise<ReadonlyMap<DocumentId, StoredDocument>> {
  const log = await openSqliteLog({ folder })
  try {
    const documents = new Map<DocumentId, StoredDocument>()
    for (const document of await log.list(null, everything)) {
      documents.set(document, await readDocument(log, document))
    }
    return documents
  } finally {
    await log.close()
  }
}

async function readDocument(log: UpdateLog, document: DocumentId): Promise<StoredDocument> {
  const state = await log.load(document)
  if (state === null) throw new Error(`the log lists ${document} and does not have it`)
  const { lineage, floor, head } = state
  const entries: Entry[] = []
  while (floor + entries.length < head) {
    entries.push(...(await log.read(document, floor + entries.length, everything)))
  }
  return { lineage, head, entries, snapshot: await log.readSnapshot(document) }
}

/** What the log says the document is: the snapshot, then the entries that follow it, in the order of their seqs. */
export function replayed({ snapshot, entries }: StoredDocument): Y.Doc {
  const doc = new Y.Doc()
  if (snapshot) Y.applyUpdateV2(doc, inflateRawSync(snapshot.body))
  for (const { seq, update } of entries) {
    if (seq > (snapshot?.seq ?? 0)) applyAsWritten(doc, update)
  }
  return doc
}

/** After a remote transaction Yjs tidies formats up, with deletions of its own that no log has: not here. */
function applyAsWritten(doc: Y.Doc, update: Uint8Array): void {
  doc.transact((transaction) => {
    Y.applyUpdate(doc, update)
    transaction.local = true
  })
}
