import type { NewEntry } from '../update-log.ts'

// What append-until-killed.ts writes, known to the test that reads it back.

export const lineageWritten = 'c3'.repeat(16)

export const documentsWritten: readonly string[] = ['one', 'two', 'three']

/** Entries of very different sizes, so that some fill pages of their own. */
export function entryAt(document: string, seq: number): NewEntry {
  const length = seq % 50 === 0 ? 20_000 : seq % 90
  const update = Uint8Array.from({ length }, (_, at) => (at * 7 + seq + document.length) % 256)
  return { update, author: `author ${seq % 5}`, timeMs: 1_700_000_000_000 + seq }
}
