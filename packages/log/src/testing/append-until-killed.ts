import { writeSync } from 'node:fs'
import { openSqliteLog } from '../sqlite-log.ts'
import { documentsWritten, entryAt, lineageWritten } from './written.ts'

/**
 * A process to kill: appends to a few documents, many appends in flight, and says of each acknowledged entry "document
 * seq check" before anything else can happen.
 */
const [folder] = process.argv.slice(2)
const log = await openSqliteLog({ folder: folder! })

await Promise.all(documentsWritten.map(appendForEver))

async function appendForEver(document: string): Promise<void> {
  const { head } = await log.create(document, lineageWritten)
  const inFlight: Promise<void>[] = []
  for (let seq = head + 1; ; seq++) {
    inFlight.push(append(document, seq))
    if (inFlight.length > 8) await inFlight.shift()
  }
}

async function append(document: string, seq: number): Promise<void> {
  const entries = [entryAt(document, seq)]
  const { checks } = await log.append(document, { lineage: lineageWritten, after: seq - 1, entries })
  say(`${document} ${seq} ${checks[0]}\n`)
}

/** Synchronously, so that a kill in the next instant cannot take the line back. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      // The pipe is full: whoever reads it is slow.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}
