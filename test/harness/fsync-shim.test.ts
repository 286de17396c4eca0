import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildFsyncShim, FsyncShim } from './fsync-shim.ts'
import { temporaryFolder } from './temp-folder.ts'

const folder = (): string => temporaryFolder()

/** A process of its own that writes a file and syncs it both ways: what became of it, and how long it took. */
function sync(shim: FsyncShim, path: string): { said: string; tookMs: number } {
  const script = `
    const fs = require('node:fs')
    const file = fs.openSync(${JSON.stringify(path)}, 'w')
    const startMs = performance.now()
    const codes = [fs.fsyncSync, fs.fdatasyncSync].map((call) => {
      try { call(file); return 'ok' } catch (error) { return error.code }
    })
    console.log(JSON.stringify({ said: codes.join(), tookMs: performance.now() - startMs }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    env: { ...process.env, ...shim.env },
    encoding: 'utf8',
  })
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout)
}

test('fsync fails or takes its time when it is told to, and says how often it did', (context) => {
  const root = folder()
  const shim = buildFsyncShim(root)
  // Said aloud where there is no compiler: a fault that cannot be made proves nothing.
  if (!(shim instanceof FsyncShim)) return context.skip(shim.skipped)
  const path = join(root, 'file')
  expect(sync(shim, path).said).toBe('ok,ok')
  shim.order({ kind: 'fail' })
  expect(sync(shim, path).said).toBe('EIO,EIO')
  shim.order({ kind: 'slow', ms: 60 })
  const slow = sync(shim, path)
  expect(slow.said).toBe('ok,ok')
  expect(slow.tookMs).toBeGreaterThan(119)
  shim.order({ kind: 'ok' })
  expect(sync(shim, path).said).toBe('ok,ok')
  expect([shim.struck('fail'), shim.struck('slow')]).toEqual([2, 2])
})
