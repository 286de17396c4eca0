import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testUpdateLog } from './conformance.ts'
import { openSqliteLog } from './sqlite-log.ts'

testUpdateLog('SqliteLog', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-log-'))
  let log = await openSqliteLog({ folder })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await openSqliteLog({ folder })
      return log
    },
    close: async () => {
      await log.close()
      rmSync(folder, { recursive: true })
    },
  }
})
