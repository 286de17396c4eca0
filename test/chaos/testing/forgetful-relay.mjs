import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// A relay on a disk that lies: what lay in its write-ahead log is gone when it starts. After SIGTERM nothing did.

const folder = process.argv[process.argv.indexOf('--data') + 1]
for (const name of ['tidemark.db-wal', 'tidemark.db-shm']) rmSync(join(folder, name), { force: true })
await import(fileURLToPath(new URL('../../../apps/relay/dist/main.js', import.meta.url)))
