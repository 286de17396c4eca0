import { describe, expect, test } from 'vitest'
import { LogStore } from './log-store.ts'
import type { NewEntry } from './update-log.ts'

const lineage = 'a1'.repeat(16)
const everything = 2 ** 30

function entries(...texts: readonly string[]): readonly NewEntry[] {
  return texts.map((text) => ({ update: Buffer.from(`the bytes of ${text}`), author: 'anna', timeMs: 1 }))
}

/** Two documents of three entries each; the first has snapshots at 1 and 2. */
function written(): LogStore {
  const store = new LogStore(new Uint8Array(32))
  for (const id of ['a', 'b']) {
    store.create(id, lineage)
    store.append(id, { lineage, after: 0, entries: entries('1', '2', '3') })
  }
  for (const seq of [1, 2]) {
    const bytes = { summary: Uint8Array.of(seq), body: Uint8Array.of(seq, seq) }
    store.writeSnapshot('a', lineage, { seq, check: store.checkAt('a', seq) as string, timeMs: 1, ...bytes })
  }
  return store
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

const corrupt = expect.objectContaining({ code: 'log/corrupt' })

function idOf(store: LogStore, name: string): number {
  return store.rows.document(name)?.id as number
}

function damageEntry(store: LogStore, seq: number, column: 'body' | 'author' | 'mark'): void {
  const id = idOf(store, 'a')
  const row = store.rows.entry(id, seq)
  if (row) store.rows.overwriteEntry(id, seq, { ...row, [column]: flipped(row[column]) })
}

function damageSnapshot(store: LogStore, at: number, column: 'body' | 'summary'): void {
  const id = idOf(store, 'a')
  const row = store.rows.snapshots(id)[at]
  if (row) store.rows.overwriteSnapshot(id, row, { ...row, [column]: flipped(row[column]) })
}

describe('[FAIL3] a log store refuses what a bad disk gives it, as SqliteLog does', () => {
  test.each(['body', 'author', 'mark'] as const)('a flipped bit in the %s of an entry', (column) => {
    const store = written()
    damageEntry(store, 2, column)
    expect(() => store.read('a', 0, everything)).toThrow(corrupt)
    expect(store.read('a', 2, everything)).toHaveLength(1)
    expect(store.read('b', 0, everything)).toHaveLength(3)
  })

  test('in the last entry: nothing is loaded, and nothing appended by a process that comes later', () => {
    const store = written()
    damageEntry(store, 3, 'body')
    store.reopen()
    expect(() => store.load('a')).toThrow(corrupt)
    expect(() => store.append('a', { lineage, after: 3, entries: entries('4') })).toThrow(corrupt)
    expect(store.load('b')?.head).toBe(3)
  })

  test('in the latest snapshot: the one before is served; in both: none is', () => {
    const store = written()
    damageSnapshot(store, 0, 'body')
    expect(store.readSnapshot('a')?.seq).toBe(1)
    damageSnapshot(store, 1, 'body')
    expect(() => store.readSnapshot('a')).toThrow(corrupt)
  })

  test('in the row of a document', () => {
    const store = written()
    const row = store.rows.document('a')
    if (row) store.rows.overwriteDocument('a', { ...row, lineage: 'b1'.repeat(16) })
    expect(() => store.load('a')).toThrow(corrupt)
    store.delete('a')
    expect(store.load('a')).toBeNull()
  })
})

test('a copy shares nothing that the disk of the other does', () => {
  const store = written()
  const copy = store.copy()
  store.trim('a', lineage, 1)
  damageEntry(store, 3, 'body')
  expect(copy.load('a')).toMatchObject({ head: 3, floor: 0 })
  expect(copy.append('a', { lineage, after: 3, entries: entries('4') }).head).toBe(4)
  expect(store.load('b')).toMatchObject({ head: 3 })
})
