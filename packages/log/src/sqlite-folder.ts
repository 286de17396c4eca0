import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TidemarkError } from '@tidemark/base'
import type { SqliteDatabase, SqliteDriver } from './sqlite-driver.ts'
import { sqliteFailureOf } from './sqlite-error.ts'

export function databasePath(folder: string): string {
  return join(folder, 'tidemark.db')
}

/**
 * Makes the folder, and makes it stay: SQLite syncs what it creates inside, but not the folder's own name. One level at a
 * time: where a system says of a folder that it cannot be made because it is missing (/proc), Node's recursive one tries
 * for ever.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeFolder(parent)
  try {
    // What people write, and the secret by which the log knows its own cursors, is for this user alone.
    mkdirSync(folder, 0o700)
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(folder)) throw error
  }
  // A folder cannot be opened on Windows, nor need it be: NTFS journals its names.
  if (process.platform !== 'win32') syncFolder(parent)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Keeps every other process out of the folder for as long as the returned database is open. A transaction on a database
 * of its own, because its lock belongs to the process: however that ends, `kill -9` included, the system releases it.
 * (The lock of the log itself will not do: a reader in another thread must get in, and so may the owner's `sqlite3`.)
 *
 * @throws `log/locked`
 */
export function lockFolder(sqlite: SqliteDriver, folder: string): SqliteDatabase {
  const lock = sqlite(join(folder, 'tidemark.lock'))
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (sqliteFailureOf(error) !== 'busy') throw error
    throw new TidemarkError('log/locked', `another process has the log in ${folder} open`, { cause: error })
  }
}
