import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The files of a relay that is stopped, or was killed: what it had not checkpointed lies in the second.

const names = ['tidemark.db', 'tidemark.db-wal'] as const

/** Makes `to` hold what `from` holds, and nothing else. */
export function copyDatabase(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of [...names, 'tidemark.db-shm']) rmSync(join(to, name), { force: true })
  for (const name of names) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name))
  }
}

/**
 * Flips one bit in the middle of `bytes`, wherever the database holds them. Long values are spread over pages that do
 * not follow each other, so only their beginning is looked for. Returns at how many places that was.
 */
export function flipBit(folder: string, bytes: Uint8Array): number {
  const sought = bytes.subarray(0, soughtBytesMax)
  return names.reduce((places, name) => places + flipIn(join(folder, name), sought), 0)
}

const soughtBytesMax = 64

function flipIn(path: string, sought: Uint8Array): number {
  if (!existsSync(path)) return 0
  const file = readFileSync(path)
  let places = 0
  for (let at = file.indexOf(sought); at >= 0; at = file.indexOf(sought, at + sought.length)) {
    const middle = at + (sought.length >> 1)
    file[middle] = (file[middle] as number) ^ 0x10
    places++
  }
  if (places > 0) writeFileSync(path, file)
  return places
}
