import { randomBytes } from 'node:crypto'
import { openSqliteLog } from '@tidemark/log/sqlite'
import { createInlineReplayer, type PackedEntries } from '@tidemark/relay'

type Log = Awaited<ReturnType<typeof openSqliteLog>>

/** One document as it stands in a log. */
export interface LogDocument {
  readonly id: string
  readonly updates: readonly Uint8Array[]
  /** Whether a snapshot stands for all of it. */
  readonly compacted: boolean
}

/** Who wrote them, as a relay that lets everybody write notes it down. */
const author = 'anonymous'
const entriesPerAppend = 1_000
/** How many documents are written at a time: they share commits. */
const documentsAtOnce = 1_000
/** Well within what the log lets wait for a commit. */
const bytesAtOnce = 4_000_000

/** Writes documents into a Tidemark log as a relay would have, without one. */
export async function seedLog(folder: string, documents: Iterable<LogDocument>): Promise<void> {
  const log = await openSqliteLog({ folder, durability: 'os' })
  let writing: Promise<void>[] = []
  let bytes = 0
  for (const document of documents) {
    writing.push(writeDocument(log, document))
    bytes += document.updates.reduce((sum, { length }) => sum + length, 0)
    if (writing.length < documentsAtOnce && bytes < bytesAtOnce) continue
    await Promise.all(writing)
    writing = []
    bytes = 0
  }
  await Promise.all(writing)
  await log.close()
}

async function writeDocument(log: Log, { id, updates, compacted }: LogDocument): Promise<void> {
  const lineage = randomBytes(16).toString('hex')
  await log.create(id, lineage)
  let check = ''
  for (let at = 0; at < updates.length; at += entriesPerAppend) {
    const entries = updates
      .slice(at, at + entriesPerAppend)
      .map((update) => ({ update, author, timeMs: Date.now() }))
    check = (await log.append(id, { lineage, after: at, entries })).checks.at(-1) ?? ''
  }
  if (compacted) await writeSnapshot(log, id, lineage, updates, check)
}

async function writeSnapshot(
  log: Log,
  id: string,
  lineage: string,
  updates: readonly Uint8Array[],
  check: string,
): Promise<void> {
  const seq = updates.length
  const { summary, body } = await createInlineReplayer().compact({
    snapshot: null,
    entries: pack(updates),
    seq,
    check,
    bytesMax: 2 ** 30,
  })
  await log.writeSnapshot(id, lineage, { seq, check, summary, body, timeMs: Date.now() })
}

function pack(updates: readonly Uint8Array[]): PackedEntries {
  const ends = new Uint32Array(updates.length)
  let end = 0
  for (const [at, { length }] of updates.entries()) {
    end += length
    ends[at] = end
  }
  return { bytes: Buffer.concat(updates), ends, authors: updates.map(() => author) }
}
