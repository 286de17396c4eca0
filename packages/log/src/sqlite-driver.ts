import { TidemarkError } from '@tidemark/base'

// As much of SQLite as the log uses, in the shape of node:sqlite, so that either driver fits without an adapter. When
// the oldest Node we support has node:sqlite, the second driver goes and this file is its types.

export type SqliteValue = null | number | string | Uint8Array

export type SqliteRow = Readonly<Record<string, SqliteValue>>

export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): unknown
  get(...values: readonly SqliteValue[]): SqliteRow | undefined
  all(...values: readonly SqliteValue[]): readonly SqliteRow[]
  iterate(...values: readonly SqliteValue[]): Iterable<SqliteRow>
}

export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => SqliteDatabase
}

export type SqliteDriver = (path: string, options?: { readonly readOnly?: boolean }) => SqliteDatabase

/**
 * Versions 3.7.0 to 3.51.2 can corrupt a database in WAL mode when two connections write or checkpoint while the WAL is
 * reset (https://sqlite.org/wal.html). We write and checkpoint from one connection only, but an owner's
 * `sqlite3` shell or backup would be the second.
 */
const sqliteVersionMin = '3.51.3'

/** Node's own SQLite where it is new enough, else the packaged one. */
export async function loadSqlite(): Promise<SqliteDriver> {
  const tried: string[] = []
  for (const load of [loadBuiltIn, loadPackaged]) {
    const module = await load()
    if (module === null) continue
    const driver: SqliteDriver = (path, options = {}) => new module.DatabaseSync(path, options)
    const version = versionOf(driver)
    if (isVersionSafe(version)) return driver
    tried.push(version)
  }
  const found = tried.length === 0 ? 'none' : tried.join(', ')
  const cure = 'Use a newer Node, or install the package @photostructure/sqlite.'
  throw new TidemarkError(
    'log/unsafe',
    `SQLite ${sqliteVersionMin} or later is needed; found: ${found}. ${cure}`,
  )
}

/** Whether this SQLite is free of the bug described at `sqliteVersionMin`. */
export function isVersionSafe(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const [majorMin = 0, minorMin = 0, patchMin = 0] = sqliteVersionMin.split('.').map(Number)
  if (major !== majorMin) return major > majorMin
  return minor === minorMin ? patch >= patchMin : minor > minorMin
}

function versionOf(driver: SqliteDriver): string {
  const database = driver(':memory:')
  const row = database.prepare('SELECT sqlite_version() AS version').get()
  database.close()
  return String(row?.version)
}

/** Node 22 warns that node:sqlite is experimental: known, and no news to whoever hosts a relay. */
async function loadBuiltIn(): Promise<SqliteModule | null> {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning(warning, ...rest)
  }
  try {
    return (process.getBuiltinModule('node:sqlite') as SqliteModule | undefined) ?? null
  } finally {
    process.emitWarning = emitWarning
  }
}

async function loadPackaged(): Promise<SqliteModule | null> {
  try {
    return await import('@photostructure/sqlite')
  } catch {
    return null
  }
}
