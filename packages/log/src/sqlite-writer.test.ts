import { emptyCheck } from '@tidemark/base'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packBatch, unpackOutcomes } from './batch.ts'
import { entriesOf, type Page } from './page.ts'
import { loadSqlite } from './sqlite-driver.ts'
import { sqliteFailureOf } from './sqlite-error.ts'
import { databasePath } from './sqlite-folder.ts'
import { SqliteReader } from './sqlite-reader.ts'
import { SqliteWriter } from './sqlite-writer.ts'
import { type FailingSqlite, failingSqlite } from './testing/failing-sqlite.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import type { Entry, LogState } from './update-log.ts'
import { type AppendWrite, type Outcome, rowsDeletedMax, type Write } from './write.ts'

// The writer without its thread: what a commit does when SQLite fails in the middle of it.

const lineage = 'a1'.repeat(16)
const real = await loadSqlite()

const ioErrorFsync = 10 | (4 << 8)
const ioErrorShmSize = 10 | (19 << 8)
const diskFull = 13
const busy = 5
const corrupt = 11
const notADatabase = 26

let failing: FailingSqlite
let folder: string
let remove: () => void
let writer: SqliteWriter

beforeEach(() => {
  ;({ folder, remove } = temporaryFolder())
  failing = failingSqlite(real)
  writer = openWriter()
  committed({ kind: 'create', document: 'a', lineage }, append('a', 0))
})
afterEach(() => {
  writer.close()
  remove()
})

function openWriter(): SqliteWriter {
  const start = { folder, durability: 'fsync', databaseBytesMax: null } as const
  return new SqliteWriter(failing.sqlite, { ...start, newSecret: new Uint8Array(32), epoch: 'e0'.repeat(4) })
}

function append(document: string, after: number, count = 1, size = 3): AppendWrite {
  const entry = { update: new Uint8Array(size), author: 'anna', timeMs: 1 }
  return {
    kind: 'append',
    document,
    append: { lineage, after, entries: Array.from({ length: count }, () => entry) },
  }
}

function committed(...writes: readonly Write[]): readonly Outcome[] {
  const reply = writer.commit(packBatch(writes))
  if (reply.kind !== 'committed') throw new Error(`${reply.kind}: ${JSON.stringify(reply)}`)
  return unpackOutcomes(reply.outcome, writes)
}

function stored(document: string): { readonly state: LogState | null; readonly entries: readonly Entry[] } {
  const reader = new SqliteReader(real, { folder })
  const state = reader.answer({ kind: 'load', document }) as LogState | null
  const page = reader.answer({ kind: 'page', document, after: state?.floor ?? 0, bytesMax: 2 ** 30 })
  reader.close()
  return { state, entries: entriesOf(page as Page) }
}

describe('[R1] a batch that cannot be committed leaves nothing', () => {
  test.each([
    ['the disk is full at an insert', 'INSERT INTO entries', diskFull, 'log/full'],
    ['the disk is full at the commit', 'COMMIT', diskFull, 'log/full'],
    ['somebody else writes', 'BEGIN', busy, 'relay/overloaded'],
  ])('when %s; the next batch succeeds', (_name, sql, errcode, code) => {
    failing.fail({ sql, errcode })
    const reply = writer.commit(packBatch([append('a', 1, 5), { kind: 'create', document: 'b', lineage }]))
    expect(reply).toMatchObject({ kind: 'not-committed', error: { code, retryAfterMs: expect.any(Number) } })
    expect(stored('a').state).toMatchObject({ head: 1 })
    expect(() => stored('b')).toThrow(expect.objectContaining({ code: 'log/conflict' }))
    // The head that was counted up in memory has been forgotten with the transaction.
    expect(committed(append('a', 1))).toMatchObject([{ kind: 'appended', receipt: { head: 2 } }])
    expect(stored('a').entries).toHaveLength(2)
  })
})

describe('[FAIL2] after an error that leaves the disk in doubt nothing more is tried', () => {
  test.each([
    ['a failed fsync', 'COMMIT', ioErrorFsync],
    ['no room for the index of the WAL: the commit may be in it', 'COMMIT', ioErrorShmSize],
    ['a damaged page', 'INSERT INTO entries', corrupt],
    ['a file that is no database', 'BEGIN', notADatabase],
    ['an error nobody has thought of', 'COMMIT', 1],
  ])('%s', (_name, sql, errcode) => {
    failing.fail({ sql, errcode })
    const reply = writer.commit(packBatch([append('a', 1)]))
    expect(reply).toMatchObject({ kind: 'not-committed', error: { code: 'log/failed', retryAfterMs: null } })
    expect(failing.statements.at(-1)).toMatch(new RegExp(`^${sql}`))
  })
})

test('codes of SQLite: the low byte decides, and what is no code is a failure', () => {
  const failureOf = (errcode: unknown): string => sqliteFailureOf(Object.assign(new Error('x'), { errcode }))
  expect([5, 6, 5 | (2 << 8), 11 | (1 << 8), 13].map(failureOf)).toEqual([
    'busy',
    'busy',
    'busy',
    'corrupt',
    'full',
  ])
  expect([10, 26, 8, 14, undefined, 'x'].map(failureOf)).toEqual(Array(6).fill('failed'))
  expect(sqliteFailureOf('no error at all')).toBe('failed')
})

describe('appends in one batch', () => {
  test('a refused append takes those with it that counted on it, even when the head fits by chance', () => {
    const outcomes = committed(append('a', 2, 1), append('a', 1, 2), append('a', 3, 1))
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['refused', 'appended', 'refused'])
    // In the next batch it is no longer known: the queue has taken out whatever counted on it.
    expect(committed(append('a', 3))).toMatchObject([{ kind: 'appended' }])
  })

  test('a document that conflicts does not disturb the others', () => {
    const outcomes = committed(
      { kind: 'create', document: 'b', lineage },
      append('a', 7),
      append('b', 0),
      append('none', 0),
      append('a', 1),
    )
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'created',
      'refused',
      'appended',
      'refused',
      'appended',
    ])
  })

  test('a head is found again after more documents than are remembered', () => {
    const names = Array.from({ length: 10_050 }, (_, at) => `document ${at}`)
    committed(...names.map((document): Write => ({ kind: 'create', document, lineage })))
    committed(...names.map((name) => append(name, 0)))
    expect(committed(append('document 0', 1), append('a', 1))).toMatchObject([
      { kind: 'appended', receipt: { head: 2 } },
      { kind: 'appended', receipt: { head: 2 } },
    ])
  })
})

describe('rows are removed in small pieces', () => {
  test('a trim deletes some rows and says how far it may go', () => {
    committed(append('a', 1, 999))
    const { entries } = stored('a')
    const snapshot = { check: emptyCheck, summary: new Uint8Array(1), body: new Uint8Array(1), timeMs: 1 }
    for (const seq of [600, 800]) {
      const at = { ...snapshot, seq, check: entries[seq - 1]!.check }
      committed({ kind: 'snapshot', document: 'a', lineage, snapshot: at })
    }
    const trim = { kind: 'trim', document: 'a', lineage } as const
    const first = { kind: 'trimmed', floor: rowsDeletedMax, through: 600 }
    expect(committed({ ...trim, through: 900, covered: false })).toEqual([first])
    const second = { ...first, floor: 2 * rowsDeletedMax }
    expect(committed({ ...trim, through: 600, covered: true })).toEqual([second])
    expect(committed({ ...trim, through: 600, covered: true })).toEqual([{ ...first, floor: 600 }])
    expect(stored('a').state).toMatchObject({ floor: 600, head: 1000 })
  })

  test('the rows of a deleted document go in sweeps, also after a restart', () => {
    committed(append('a', 1, 2 * rowsDeletedMax))
    committed({ kind: 'delete', document: 'a' })
    expect(committed({ kind: 'sweep' })).toEqual([{ kind: 'swept', more: true }])
    writer.close()
    writer = openWriter()
    expect(committed({ kind: 'sweep' })).toEqual([{ kind: 'swept', more: true }])
    expect(committed({ kind: 'sweep' })).toEqual([{ kind: 'swept', more: false }])
    const database = real(databasePath(folder))
    for (const table of ['documents', 'entries', 'snapshots', 'deleted']) {
      expect(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()).toMatchObject({ rows: 0 })
    }
    database.close()
  })
})

describe('[FAIL3] rows that are whole, but not where they belong, are not served', () => {
  const halted = expect.objectContaining({ code: 'log/corrupt' })

  beforeEach(() => {
    committed(append('a', 1, 4), { kind: 'create', document: 'b', lineage }, append('b', 0, 5))
    const check = stored('a').entries[2]!.check
    const snapshot = { seq: 3, check, summary: new Uint8Array(1), body: new Uint8Array(1), timeMs: 1 }
    committed({ kind: 'snapshot', document: 'a', lineage, snapshot })
  })

  function damage(sql: string): void {
    const database = real(databasePath(folder))
    database.exec(sql)
    database.close()
  }

  test.each([
    ['an entry is missing in the middle', 'DELETE FROM entries WHERE document = 1 AND seq = 3'],
    ['the last entries below a snapshot are missing', 'DELETE FROM entries WHERE document = 1 AND seq > 2'],
    [
      'the first entries are missing and no snapshot reaches the rest',
      'DELETE FROM entries WHERE document = 1 AND seq < 5',
    ],
    [
      'an entry is that of another document',
      'DELETE FROM entries WHERE document = 1 AND seq = 5; UPDATE entries SET document = 1 WHERE document = 2 AND seq = 5',
    ],
    [
      'two entries have changed places',
      'UPDATE entries SET seq = -1 WHERE document = 1 AND seq = 4; UPDATE entries SET seq = 4 WHERE document = 1 AND seq = 2; UPDATE entries SET seq = 2 WHERE seq = -1',
    ],
    ['an entry has another author', "UPDATE entries SET author = 'bert' WHERE document = 1 AND seq = 4"],
    ['an entry has another time', 'UPDATE entries SET time = 2 WHERE document = 1 AND seq = 4'],
    ['an entry has another check', 'UPDATE entries SET mark = zeroblob(16) WHERE document = 1 AND seq = 4'],
    [
      'the document has another lineage',
      "UPDATE documents SET lineage = replace(lineage, 'a1', 'b2') WHERE id = 1",
    ],
  ])('%s', (_name, sql) => {
    damage(sql)
    expect(() => stored('a')).toThrow(halted)
  })

  test('a snapshot whose check was changed counts as unreadable', () => {
    damage('UPDATE snapshots SET mark = zeroblob(16)')
    expect(stored('a').state).toMatchObject({ head: 5, snapshot: null })
  })
})

describe('tidying', () => {
  test('gives free pages back step by step, then empties the write-ahead log', () => {
    committed(append('a', 1, 100, 100_000))
    const pages = (): number => {
      const database = real(databasePath(folder))
      const count = Number(database.prepare('PRAGMA page_count').get()?.page_count)
      database.close()
      return count
    }
    const before = pages()
    committed({ kind: 'delete', document: 'a' })
    committed({ kind: 'sweep' })
    expect(writer.tidy()).toBe(true)
    let steps = 1
    while (writer.tidy()) steps++
    expect(steps).toBeGreaterThan(3)
    expect(pages()).toBeLessThan(before / 16)
  })

  test('a full disk puts it off, a failed one is not hidden', () => {
    failing.fail({ sql: 'PRAGMA wal_checkpoint', errcode: diskFull })
    expect(writer.tidy()).toBe(false)
    failing.fail({ sql: 'PRAGMA wal_checkpoint', errcode: ioErrorFsync })
    expect(() => writer.tidy()).toThrow('made to fail')
  })
})
