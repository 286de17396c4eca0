import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFileSizeLimit, createTmpfs, type SmallDisk } from './small-disk.ts'
import { temporaryFolder } from './temp-folder.ts'

const bytes = 2_000_000

async function smallDisk(): Promise<{ folder: string; disk: SmallDisk | null }> {
  const folder = join(temporaryFolder(), 'small')
  mkdirSync(folder)
  const disk = await createTmpfs(folder, bytes)
  onTestFinished(() => disk?.close())
  return { folder, disk }
}

/** Appends 100 kB to a file of the disk, in a process that sees it; says what went wrong. */
function append({ prefix }: SmallDisk, folder: string): string {
  const script = `try { require('node:fs').appendFileSync('${folder}/file', new Uint8Array(100_000)) } catch (e) { console.log(e.code) }`
  const [command, ...rest] = [...prefix, process.execPath, '-e', script]
  return spawnSync(command, rest, { encoding: 'utf8' }).stdout.trim()
}

test('a tmpfs is seen by those who are to see it, fills, and has room again', async (context) => {
  const { folder, disk } = await smallDisk()
  if (disk === null) return context.skip('no mount namespaces here')
  expect(append(disk, folder)).toBe('')
  expect(readdirSync(disk.outside)).toEqual(['file'])
  expect(readdirSync(folder)).toEqual([])
  disk.fill(0)
  expect(append(disk, folder)).toBe('ENOSPC')
  disk.makeRoom(0)
  expect(append(disk, folder)).toBe('')
})

test('a tmpfs is gone with all that is on it', async (context) => {
  const { folder, disk } = await smallDisk()
  if (disk === null) return context.skip('no mount namespaces here')
  append(disk, folder)
  await disk.close()
  expect(existsSync(disk.outside)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

test('a file-size limit makes writes of a running process fail, until it is lifted', async (context) => {
  const folder = temporaryFolder()
  const limit = createFileSizeLimit(folder)
  if (limit === null) return context.skip('no prlimit here')
  const script = `
    process.stdin.on('data', () => {
      try { require('node:fs').appendFileSync('${folder}/file', 'x'); console.log('ok') } catch (e) { console.log(e.code) }
    })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  expect(await ask(child)).toBe('ok')
  limit.fill(child.pid as number)
  expect(await ask(child)).toBe('EFBIG')
  limit.makeRoom(child.pid as number)
  expect(await ask(child)).toBe('ok')
})

async function ask({ stdin, stdout }: ChildProcess): Promise<string> {
  stdin?.write('append')
  const [answer] = await once(stdout as NonNullable<typeof stdout>, 'data')
  return String(answer).trim()
}
