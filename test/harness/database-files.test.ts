import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteLog } from '@tidemark/log/sqlite'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { copyDatabase, flipBit } from './database-files.ts'
import { readStoredLog, replayed } from './stored-log.ts'
import { temporaryFolder } from './temp-folder.ts'

const lineage = 'ab'.repeat(16)

/** A database with two documents of two entries each. */
async function someDatabase(): Promise<string> {
  const folder = temporaryFolder()
  const log = await openSqliteLog({ folder })
  for (const document of ['one', 'two']) {
    await log.create(document, lineage)
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update) => updates.push(update))
    for (const word of [`${document} says `, 'hello'])
      doc.getText('text').insert(doc.getText('text').length, word)
    const entries = updates.map((update) => ({ update, author: 'somebody', timeMs: 1 }))
    await log.append(document, { lineage, after: 0, entries })
  }
  await log.close()
  return folder
}

test('a copy of a database holds what it held, and nothing of what was in its place', async () => {
  const folder = await someDatabase()
  const copy = mkdtempSync(join(temporaryFolder(), 'copy-'))
  writeFileSync(join(copy, 'tidemark.db-wal'), 'of another database')
  copyDatabase(folder, copy)
  const documents = await readStoredLog(copy)
  expect([...documents.keys()]).toEqual(['one', 'two'])
  for (const [name, stored] of documents) {
    expect(stored).toMatchObject({ lineage, head: 2, snapshot: null })
    expect(replayed(stored).getText('text').toString()).toBe(`${name} says hello`)
  }
})

test('[FAIL3] a bit that was flipped in an entry is found by the log, and in its document only', async () => {
  const folder = await someDatabase()
  const entries = (await readStoredLog(folder)).get('one')?.entries ?? []
  expect(flipBit(folder, entries[0]?.update ?? new Uint8Array())).toBe(1)
  await expect(readStoredLog(folder)).rejects.toMatchObject({ code: 'log/corrupt' })
  const log = await openSqliteLog({ folder })
  expect(await log.read('two', 0, 1_000)).toHaveLength(2)
  await log.close()
})

test('bytes that are nowhere change nothing', async () => {
  const folder = await someDatabase()
  const before = readFileSync(join(folder, 'tidemark.db'))
  expect(flipBit(folder, new Uint8Array(64).fill(0xee))).toBe(0)
  expect(readFileSync(join(folder, 'tidemark.db')).equals(before)).toBe(true)
})
