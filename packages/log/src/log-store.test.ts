import { describe, expect, test } from 'vitest'
import { epochsMax } from './epochs.ts'
import { LogStore } from './log-store.ts'
import type { NewEntry } from './update-log.ts'

const lineage = 'a1'.repeat(16)
const everything = 2 ** 30

function entries(...texts: readonly string[]): readonly NewEntry[] {
  return texts.map((text) => ({ update: Buffer.from(`the bytes of ${text}`), author: 'anna', timeMs: 1 }))
}

function epoch(number: number): Uint8Array {
  return Uint8Array.of(0, 0, number >> 8, number & 255)
}

/** Two documents of three entries each; the first has snapshots at 1 and 2. */
function written(): LogStore {
  const store = new LogStore(new Uint8Array(32))
  store.open(epoch(1))
  for (const id of ['a', 'b']) {
    store.create(id, lineage)
    store.append(id, { lineage, after: 0, entries: entries('1', '2', '3') })
  }
  for (const seq of [1, 2]) {
    const bytes = { summary: Uint8Array.of(seq), body: Uint8Array.of(seq, seq) }
    const check = store.read('a', seq - 1, 1)[0]!.check
    store.writeSnapshot('a', lineage, { seq, check, timeMs: 1, ...bytes })
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
    store.open(epoch(2))
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
    if (row) store.rows.overwriteDocument('a', { ...row, epochs: flipped(row.epochs) })
    expect(() => store.load('a')).toThrow(corrupt)
    if (row) store.rows.overwriteDocument('a', { ...row, lineage: 'b1'.repeat(16) })
    expect(() => store.load('a')).toThrow(corrupt)
    store.delete('a')
    expect(store.load('a')).toBeNull()
  })
})

test('a copy shares nothing that the disk of the other does', () => {
  const store = written()
  const copy = store.copy()
  copy.open(epoch(2))
  store.trim('a', lineage, 1)
  damageEntry(store, 3, 'body')
  expect(copy.load('a')).toMatchObject({ head: 3, floor: 0 })
  expect(copy.append('a', { lineage, after: 3, entries: entries('4') }).head).toBe(4)
  expect(store.load('b')).toMatchObject({ head: 3 })
})

test('a store that nobody has opened cannot be written', () => {
  expect(() => written().copy().create('c', lineage)).toThrow('assertion failed')
})

test('a document remembers so many openings: of cursors from before them, below the floor, nothing is told', () => {
  const store = new LogStore(new Uint8Array(32))
  const checks: string[] = []
  const openings = epochsMax + 2
  for (let seq = 1; seq <= openings; seq++) {
    store.open(epoch(seq))
    if (seq === 1) store.create('a', lineage)
    checks.push(...store.append('a', { lineage, after: seq - 1, entries: entries('one') }).checks)
  }
  const judged = (seq: number): string => store.judge('a', { lineage, seq, check: checks[seq - 1]! })
  expect([1, 2, 3, openings].map(judged)).toEqual(['held', 'held', 'held', 'held'])
  const bytes = { summary: Uint8Array.of(1), body: Uint8Array.of(1), timeMs: 1 }
  for (const seq of [openings - 1, openings])
    store.writeSnapshot('a', lineage, { seq, check: checks[seq - 1]!, ...bytes })
  store.trim('a', lineage, openings - 1)
  expect([1, 2, 3, openings - 2, openings].map(judged)).toEqual([
    'unknown',
    'unknown',
    'held',
    'held',
    'held',
  ])
  expect(store.rows.document('a')?.epochs.length).toBe(epochsMax * 12)
})
