import { type DocumentId, type Seq, TidemarkError } from '@tidemark/base'
import type { Append, UpdateLog } from '@tidemark/log'
import type { Process } from '../world/process.ts'
import type { LogDisk } from './log-disk.ts'

/** What a row occupies beside its bytes. */
const rowBytes = 60

/** Opens the log on a disk: as `process` sees it, for as long as that lives. */
export function openLog(disk: LogDisk, process: Process): UpdateLog {
  disk.open(process)
  let closed = false

  function read<T>(what: string, document: DocumentId | null, run: () => T): Promise<T> {
    return closed ? rejectClosed() : disk.read(process, { what, document, run })
  }

  function write<T>(
    what: string,
    document: DocumentId | null,
    bytes: number,
    run: () => T,
    after: Seq | null = null,
  ): Promise<T> {
    return closed ? rejectClosed() : disk.write(process, { what, document, bytes, run, after })
  }

  return {
    load: (document) => read('log load', document, () => disk.durable.load(document)),
    read: (document, after, bytesMax) =>
      read('log read', document, () => disk.durable.read(document, after, bytesMax)),
    readSnapshot: (document) => read('log snapshot', document, () => disk.durable.readSnapshot(document)),
    judge: (document, cursor) => read('log judges', document, () => disk.durable.judge(document, cursor)),
    list: (after, limit) => read('log list', null, () => disk.durable.list(after, limit)),
    issued: (cursor) => disk.durable.issued(cursor),
    create: (document, lineage) =>
      write('log created', document, rowBytes, () => disk.create(document, lineage)),
    append(document, append) {
      const copy = copyOf(append)
      return write('log appended', document, bytesOf(copy), () => disk.append(document, copy), append.after)
    },
    writeSnapshot: (document, lineage, snapshot) =>
      write('log snapshot written', document, rowBytes + snapshot.body.length + snapshot.summary.length, () =>
        disk.writeSnapshot(document, lineage, snapshot),
      ),
    // SQLite needs room to delete, too: it writes what it will change to its log first.
    trim: (document, lineage, through) =>
      write('log trimmed', document, rowBytes, () => disk.trim(document, lineage, through)),
    delete: (document) => write('log deleted', document, rowBytes, () => disk.durable.delete(document)),
    close() {
      const last = closed ? Promise.resolve() : write('log closed', null, 0, () => {})
      closed = true
      return last
    },
  }
}

/** What is written is what stood in the buffers when append was called. */
function copyOf(append: Append): Append {
  return { ...append, entries: append.entries.map((each) => ({ ...each, update: each.update.slice() })) }
}

function bytesOf({ entries }: Append): number {
  return entries.reduce((sum, { update }) => sum + update.length + rowBytes, 0)
}

function rejectClosed(): Promise<never> {
  return Promise.reject(new TidemarkError('log/closed', 'the log is closed'))
}
