import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isVersionSafe, loadSqlite, type SqliteDatabase } from './sqlite-driver.ts'
import { databasePath } from './sqlite-folder.ts'
import { type Durability, prepareForWriting, requireSafe } from './sqlite-schema.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const sqlite = await loadSqlite()
const secret = new Uint8Array(32).fill(7)

let remove: () => void
let database: SqliteDatabase

beforeEach(() => {
  const temporary = temporaryFolder()
  remove = temporary.remove
  database = sqlite(databasePath(temporary.folder))
})
afterEach(() => {
  database.close()
  remove()
})

function pragma(name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

test.each([
  ['fsync', 2],
  ['os', 1],
] as const)('a database prepared for durability %s has the settings it needs', (durability, synchronous) => {
  prepareForWriting(database, durability, secret)
  expect(pragma('journal_mode')).toBe('wal')
  expect(pragma('synchronous')).toBe(synchronous)
  expect(pragma('auto_vacuum')).toBe(2)
  expect(pragma('application_id')).toBe(Buffer.from('Tide').readInt32BE())
})

test('a store keeps the secret it was made with', () => {
  expect(prepareForWriting(database, 'fsync', secret)).toEqual(secret)
  const other = new Uint8Array(32).fill(8)
  expect(Uint8Array.from(prepareForWriting(database, 'fsync', other))).toEqual(secret)
})

describe('a setting that does not hold is log/unsafe', () => {
  /** A driver that obeys nobody: whatever is set, it reports this. */
  function stubborn(reported: Readonly<Record<string, string | number>>): SqliteDatabase {
    const safe = {
      journal_mode: 'wal',
      synchronous: 2,
      fullfsync: 1,
      checkpoint_fullfsync: 1,
      locking_mode: 'normal',
    }
    const settings: Readonly<Record<string, string | number>> = { ...safe, ...reported }
    const rowOf = (sql: string): Record<string, string | number> => {
      const name = sql.replace('PRAGMA ', '')
      return { [name]: settings[name]! }
    }
    const none = (): never => expect.unreachable()
    return {
      exec: () => {},
      prepare: (sql) => ({ run: none, get: () => rowOf(sql), all: none, iterate: none }),
      close: () => {},
    }
  }

  test.each<[string, Durability, Readonly<Record<string, string | number>>]>([
    ['synchronous=NORMAL for fsync', 'fsync', { synchronous: 1 }],
    ['synchronous=OFF for os', 'os', { synchronous: 0 }],
    ['a rollback journal', 'fsync', { journal_mode: 'delete' }],
    ['no fullfsync', 'fsync', { fullfsync: 0 }],
    ['no checkpoint_fullfsync', 'fsync', { checkpoint_fullfsync: 0 }],
    ['an exclusive lock, which shuts the reader out', 'fsync', { locking_mode: 'exclusive' }],
  ])('%s', (_name, durability, reported) => {
    expect(() => requireSafe(stubborn(reported), durability)).toThrow(
      expect.objectContaining({ code: 'log/unsafe' }),
    )
  })

  test('and what holds is accepted', () => {
    expect(() => requireSafe(stubborn({}), 'fsync')).not.toThrow()
    expect(() => requireSafe(stubborn({ synchronous: 1 }), 'os')).not.toThrow()
  })
})

test.each([
  ['of somebody else', 'CREATE TABLE notes(text)'],
  ['of a later format', 'PRAGMA user_version = 3'],
])('a database %s is refused and left alone', (_name, sql) => {
  if (sql.startsWith('PRAGMA')) prepareForWriting(database, 'fsync', secret)
  database.exec(sql)
  const before = database.prepare('SELECT * FROM sqlite_schema').all()
  const refused = expect.objectContaining({ code: 'log/unsafe' })
  expect(() => prepareForWriting(database, 'fsync', secret)).toThrow(refused)
  expect(database.prepare('SELECT * FROM sqlite_schema').all()).toEqual(before)
})

test.each([
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.52.0', true],
  ['3.50.9', false],
  ['3.6.23', false],
  ['4.0.0', true],
  ['2.99.99', false],
  ['', false],
])('SQLite %s is new enough: %s', (version, safe) => {
  expect(isVersionSafe(version)).toBe(safe)
})
