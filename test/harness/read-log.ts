import { inflateRawSync } from 'node:zlib'
import type { Entry, LogState } from '@tidemark/log'
import { openSqliteLog } from '@tidemark/log/sqlite'
import * as Y from 'yjs'

export interface StoredDocument {
  readonly state: LogState
  /** Entries that were not cut, from the floor on. */
  readonly entries: readonly Entry[]
  /** What the log says the document is: the snapshot, then the entries that follow it, in order. */
  readonly doc: Y.Doc
}

const everything = 2 ** 30

/** Reads a document from the database of a relay that is stopped, with the log package alone. */
export async function readLog(folder: string, document: string): Promise<StoredDocument | null> {
  const log = await openSqliteLog({ folder })
  try {
    const state = await log.load(document)
    if (state === null) return null
    const snapshot = await log.readSnapshot(document)
    const entries = await readAll((after) => log.read(document, after, everything), state)
    const doc = new Y.Doc()
    if (snapshot) Y.applyUpdateV2(doc, inflateRawSync(snapshot.body))
    for (const { seq, update } of entries) if (seq > (snapshot?.seq ?? 0)) Y.applyUpdate(doc, update)
    return { state, entries, doc }
  } finally {
    await log.close()
  }
}

async function readAll(
  read: (after: number) => Promise<readonly Entry[]>,
  { floor, head }: LogState,
): Promise<Entry[]> {
  const entries: Entry[] = []
  while (floor + entries.length < head) entries.push(...(await read(floor + entries.length)))
  return entries
}
