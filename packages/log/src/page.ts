import type { Seq } from '@tidemark/base'
import { checkOf, type EntryRow, entryCrc, noBytes, textOf } from './rows.ts'
import type { Entry } from './update-log.ts'

/**
 * Consecutive entries of a document, side by side as they lie in its rows: not verified before `firstDamaged` has found
 * nothing. Two buffers, so that a page moves between threads instead of being copied, and an entry becomes an object
 * only where somebody wants it: a row of its own, made by a driver of SQLite, costs ten times as much.
 *
 *     heads   for each entry: seq, crc, time, bytes of the author, bytes of the update
 *     bytes   for each entry: mark (16 bytes), author (UTF-8), update
 */
export interface Page {
  readonly heads: Float64Array
  readonly bytes: Uint8Array
}

/** Entries of one page, however small they are. */
export const pageEntriesMax = 4096

const headNumbers = 5
const markBytes = 16

export function pageOf(rows: readonly EntryRow[]): Page {
  const heads = rows.flatMap(({ seq, crc, time, author, body }) => [
    seq,
    crc,
    time,
    author.length,
    body.length,
  ])
  const bytes = Buffer.concat(rows.flatMap(({ mark, author, body }) => [mark, author, body]))
  return { heads: Float64Array.from(heads), bytes }
}

/** The seq of the first entry that does not follow `after` without a gap, or whose checksum fails; null: none. */
export function firstDamaged({ heads, bytes }: Page, document: number, after: Seq): Seq | null {
  let start = 0
  for (let at = 0, seq = after + 1; at < heads.length; at += headNumbers, seq++) {
    const contentStart = start + markBytes
    const end = contentStart + heads[at + 3]! + heads[at + 4]!
    // Never true of what is no number.
    if (!(heads[at] === seq && end <= bytes.length)) return seq
    const mark = bytes.subarray(start, contentStart)
    const content = bytes.subarray(contentStart, end)
    if (heads[at + 1] !== entryCrc(document, seq, heads[at + 2]!, mark, noBytes, content)) return seq
    start = end
  }
  return null
}

/** The entries of an intact page; their updates are views of it. */
export function entriesOf({ heads, bytes: { buffer, byteOffset, byteLength } }: Page): readonly Entry[] {
  const entries: Entry[] = []
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  const view = Buffer.from(buffer, byteOffset, byteLength)
  let start = 0
  let author = ''
  let authorBytes = view.subarray(0, 0)
  for (let at = 0; at < heads.length; at += headNumbers) {
    const authorStart = start + markBytes
    const updateStart = authorStart + heads[at + 3]!
    const end = updateStart + heads[at + 4]!
    // Runs of entries are one author's.
    if (authorBytes.compare(view, authorStart, updateStart) !== 0) {
      authorBytes = view.subarray(authorStart, updateStart)
      author = textOf(authorBytes)
    }
    entries.push({
      seq: heads[at]!,
      check: checkOf(bytes.subarray(start, authorStart)),
      update: bytes.subarray(updateStart, end),
      author,
      timeMs: heads[at + 2]!,
    })
    start = end
  }
  return entries
}
