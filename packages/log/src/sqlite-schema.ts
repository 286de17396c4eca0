import { assert, TidemarkError } from '@tidemark/base'
import { secretBytes } from './check.ts'
import type { SqliteDatabase, SqliteValue } from './sqlite-driver.ts'

/**
 * `fsync`: what is acknowledged survives a power loss. `os`: it survives the death of the process only; a power loss
 * may take the last acknowledged seconds with it (and clients then give them back, if they still have them).
 */
export type Durability = 'fsync' | 'os'

/** "Tide", so that `file` and people recognise the database. */
const applicationId = 0x54_69_64_65
const formatVersion = 2

const walPagesMax = 4000
const walBytesKept = 64 * 2 ** 20
const cacheKib = 16_000
const busyMs = 5000

/**
 * Entries lie in the order in which they were appended, whatever their document, so that a commit writes few pages; the
 * index finds a document's. `gid` is never used again: an order over the whole store, for whoever copies it elsewhere
 * (entry-numbers.ts). There is no row per document that every append would have to update: the head is the highest seq,
 * and `epochs` (epochs.ts) changes with the first append of a process. `crc` columns are the checksums of rows.ts.
 * `deleted` names documents whose rows are still to be removed.
 */
const schema = `
  CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE documents(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, lineage TEXT NOT NULL,
    crc INTEGER NOT NULL, epochs BLOB NOT NULL DEFAULT x'') STRICT;
  CREATE TABLE entries(gid INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, seq INTEGER NOT NULL,
    crc INTEGER NOT NULL, time REAL NOT NULL, author TEXT NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX entries_by_seq ON entries(document, seq);
  CREATE TABLE snapshots(document INTEGER NOT NULL, seq INTEGER NOT NULL, crc INTEGER NOT NULL,
    body_crc INTEGER NOT NULL, time REAL NOT NULL, mark BLOB NOT NULL, summary BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(document, seq)) STRICT;
  CREATE TABLE deleted(document INTEGER PRIMARY KEY) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`

/** From format 1, which had no epochs. Checksums hold as they are: no bytes change nothing. */
const migration = `
  ALTER TABLE documents ADD COLUMN epochs BLOB NOT NULL DEFAULT x'';
  PRAGMA user_version = ${formatVersion};
`

/**
 * Makes an open database the log's: creates what is missing, brings an earlier format up to date, sets this connection
 * up for writing and reads every setting back that durability depends on.
 *
 * @returns the store's secret (check.ts): `newSecret` if there was none.
 * @throws `log/unsafe` when the file is not ours, or a setting does not hold.
 */
export function prepareForWriting(
  database: SqliteDatabase,
  durability: Durability,
  newSecret: Uint8Array,
): Uint8Array {
  requireOurs(database)
  // Both only take effect before the first page is written.
  database.exec('PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL')
  database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL`)
  database.exec(`PRAGMA synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`)
  // macOS: its fsync leaves the data in the drive's cache. No effect elsewhere.
  database.exec('PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1')
  database.exec(`PRAGMA wal_autocheckpoint = ${walPagesMax}; PRAGMA journal_size_limit = ${walBytesKept}`)
  database.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA temp_store = MEMORY`)
  requireSafe(database, durability)
  return createSchema(database, newSecret)
}

/** The same for a connection that only reads. */
export function prepareForReading(database: SqliteDatabase): void {
  database.exec(
    `PRAGMA busy_timeout = ${busyMs}; PRAGMA cache_size = -${cacheKib}; PRAGMA temp_store = MEMORY`,
  )
}

/** @throws `log/unsafe` unless the settings hold that `durability` rests on, whatever was set before. */
export function requireSafe(database: SqliteDatabase, durability: Durability): void {
  const expected: Readonly<Record<string, SqliteValue>> = {
    journal_mode: 'wal',
    synchronous: durability === 'fsync' ? 2 : 1,
    fullfsync: 1,
    checkpoint_fullfsync: 1,
    locking_mode: 'normal',
  }
  for (const [name, value] of Object.entries(expected)) {
    const actual = pragma(database, name)
    if (actual !== value) throw unsafe(`PRAGMA ${name} is ${actual}, not ${value}, after it was set`)
  }
}

function requireOurs(database: SqliteDatabase): void {
  const empty = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count === 0
  if (empty) return
  if (pragma(database, 'application_id') !== applicationId) throw unsafe('the database is not a Tidemark log')
  const version = pragma(database, 'user_version')
  if (version !== formatVersion && version !== 1)
    throw unsafe(`the database has format ${version}; this program reads those up to ${formatVersion}`)
}

function createSchema(database: SqliteDatabase, newSecret: Uint8Array): Uint8Array {
  assert(newSecret.length === secretBytes, `the secret has ${secretBytes} bytes`)
  database.exec('BEGIN IMMEDIATE')
  const version = pragma(database, 'user_version')
  if (version === 1) database.exec(migration)
  else if (version !== formatVersion) {
    database.exec(schema)
    database.prepare("INSERT INTO meta VALUES('secret', ?)").run(newSecret)
  }
  database.exec('COMMIT')
  const secret = database.prepare("SELECT value FROM meta WHERE key = 'secret'").get()?.value
  if (!(secret instanceof Uint8Array) || secret.length !== secretBytes)
    throw unsafe('the store has lost its secret')
  return secret
}

function pragma(database: SqliteDatabase, name: string): SqliteValue | undefined {
  return database.prepare(`PRAGMA ${name}`).get()?.[name]
}

function unsafe(message: string): TidemarkError {
  return new TidemarkError('log/unsafe', message)
}
