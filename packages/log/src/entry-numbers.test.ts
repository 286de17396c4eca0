import { statSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packBatch } from './batch.ts'
import { loadSqlite } from './sqlite-driver.ts'
import { databasePath } from './sqlite-folder.ts'
import { SqliteWriter } from './sqlite-writer.ts'
import { type FailingSqlite, failingSqlite } from './testing/failing-sqlite.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import type { Write } from './write.ts'

const lineage = 'a1'.repeat(16)
const real = await loadSqlite()

let folder: string
let remove: () => void
let failing: FailingSqlite
let writer: SqliteWriter

beforeEach(() => {
  ;({ folder, remove } = temporaryFolder())
  failing = failingSqlite(real)
  writer = openWriter()
})
afterEach(() => {
  writer.close()
  remove()
})

function openWriter(): SqliteWriter {
  const start = { folder, durability: 'fsync', databaseBytesMax: null } as const
  return new SqliteWriter(failing.sqlite, { ...start, newSecret: new Uint8Array(32), epoch: 'e0'.repeat(4) })
}

function commit(...writes: readonly Write[]): string {
  return writer.commit(packBatch(writes)).kind
}

function append(document: string, after: number): Write {
  const entry = { update: new Uint8Array(3), author: 'anna', timeMs: 1 }
  return { kind: 'append', document, append: { lineage, after, entries: [entry] } }
}

/** Of the entries that are stored, in the order in which they were appended. */
function numbers(): readonly number[] {
  const database = real(databasePath(folder), { readOnly: true })
  const rows = database.prepare('SELECT gid FROM entries ORDER BY gid').all()
  database.close()
  return rows.map((row) => Number(row.gid))
}

function change(sql: string): void {
  const database = real(databasePath(folder))
  database.exec(sql)
  database.close()
}

test('a commit of one entry writes two pages: the table and its index', () => {
  commit({ kind: 'create', document: 'a', lineage }, append('a', 0))
  expect(pagesOfTenCommits()).toBe(10 * 2)
})

test('also after a first one that was rolled back', () => {
  commit({ kind: 'create', document: 'a', lineage })
  failing.fail({ sql: 'COMMIT', errcode: 13 })
  expect(commit(append('a', 0))).toBe('not-committed')
  commit(append('a', 0))
  expect(pagesOfTenCommits()).toBe(10 * 2)
})

/** Written to the WAL by commits of one entry to document `a`, which has one. */
function pagesOfTenCommits(): number {
  const wal = `${databasePath(folder)}-wal`
  const before = statSync(wal).size
  for (let after = 1; after <= 10; after++) expect(commit(append('a', after))).toBe('committed')
  return (statSync(wal).size - before) / (4096 + 24)
}

test('numbers go up, over documents and commits', () => {
  commit({ kind: 'create', document: 'a', lineage }, { kind: 'create', document: 'b', lineage })
  commit(append('a', 0), append('b', 0))
  commit(append('a', 1))
  expect(numbers()).toEqual([1, 2, 3])
})

test.each([
  ['as it was noted', 'SELECT 1'],
  [
    'with the note of a program that noted each number',
    `UPDATE sqlite_sequence SET seq = 2 WHERE name = 'entries'`,
  ],
  ['without a note', 'DELETE FROM sqlite_sequence'],
])('a log that is opened again, %s, goes on above all numbers it holds', (_name, sql) => {
  commit({ kind: 'create', document: 'a', lineage }, append('a', 0))
  commit(append('a', 1))
  writer.close()
  change(sql)
  writer = openWriter()
  commit(append('a', 2))
  const [, second, third] = numbers()
  expect(third).toBeGreaterThan(second!)
})

test('a number is not given again when its entry is gone', () => {
  commit({ kind: 'create', document: 'a', lineage }, append('a', 0))
  const [first] = numbers()
  commit({ kind: 'delete', document: 'a' })
  while (commit({ kind: 'sweep' }) === 'committed' && numbers().length > 0);
  writer.close()
  writer = openWriter()
  commit({ kind: 'create', document: 'a', lineage }, append('a', 0))
  expect(numbers()[0]).toBeGreaterThan(first!)
})

test('nor when the note was not committed', () => {
  commit({ kind: 'create', document: 'a', lineage })
  failing.fail({ sql: 'COMMIT', errcode: 13 })
  expect(commit(append('a', 0))).toBe('not-committed')
  commit(append('a', 0))
  const [first] = numbers()
  commit({ kind: 'delete', document: 'a' }, { kind: 'sweep' })
  expect(numbers()).toEqual([])
  writer.close()
  writer = openWriter()
  commit({ kind: 'create', document: 'a', lineage }, append('a', 0))
  expect(numbers()[0]).toBeGreaterThan(first!)
})
