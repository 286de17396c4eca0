// Hocuspocus with its defaults, and its SQLite persistence in a file.
//
//     node hocuspocus.mjs --version 3|4 --port N --folder FOLDER
//
// @hocuspocus/extension-sqlite wants an sqlite driver that is compiled or downloaded when it is installed. This is the
// same on a driver that comes ready: the same table, the same two statements, through @hocuspocus/extension-database.

import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { DatabaseSync } from '@photostructure/sqlite'

const { values } = parseArgs({
  options: { version: { type: 'string' }, port: { type: 'string' }, folder: { type: 'string' } },
})
const { Server } = await import(`hocuspocus-server-${values.version}`)
const { Database } = await import(`hocuspocus-extension-database-${values.version}`)

const sqlite = new DatabaseSync(join(values.folder, 'hocuspocus.sqlite'))
sqlite.exec(
  'CREATE TABLE IF NOT EXISTS "documents" ("name" varchar(255) NOT NULL, "data" blob NOT NULL, UNIQUE(name))',
)
const select = sqlite.prepare('SELECT data FROM "documents" WHERE name = ?')
const upsert = sqlite.prepare(
  'INSERT INTO "documents" ("name", "data") VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET data = excluded.data',
)

const database = new Database({
  fetch: async ({ documentName }) => select.get(documentName)?.data ?? null,
  store: async ({ documentName, state }) => void upsert.run(documentName, state),
})

const server = new Server({
  port: Number(values.port),
  address: '127.0.0.1',
  quiet: true,
  stopOnSignals: false,
  extensions: [database],
})
await server.listen()

process.on('SIGTERM', () => void stop())

async function stop() {
  // Stores what waits for its debounce.
  await server.destroy()
  sqlite.close()
  process.exit(0)
}
