import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient } from '../harness/sdk-client.ts'
import { temporaryFolder } from '../harness/temp-folder.ts'
import { createSdkTypist, textRoot, tokensIn } from '../harness/typist.ts'
import { until } from '../harness/until.ts'

const diskBytes = 4_000_000

/** A small disk of the relay's own, gone with its process: a tmpfs in a mount namespace, which needs no root. */
function onSmallDisk(folder: string): readonly string[] {
  return [
    'unshare',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs -o size=${diskBytes} tmpfs "$0" && exec "$@"`,
    folder,
  ]
}

const hasSmallDisks = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0

test('[FAIL1] a full disk: edits are kept and refused for now, reads go on, and all are saved when there is room again', {
  timeout: 60_000,
}, async () => {
  if (!hasSmallDisks)
    throw new Error('this test needs `unshare` with user namespaces, to give the relay a small disk')
  const folder = temporaryFolder()
  const relay = await RelayProcess.start({
    folder,
    flags: ['--log-level', 'error'],
    prefix: onSmallDisk(folder),
  })
  onTestFinished(() => relay.kill())
  const writer = createSdkClient(relay.url)
  const reader = createSdkClient(relay.url)
  const author = writer.open('full')
  const other = reader.open('full')
  const typist = createSdkTypist('t', author)
  typist.typeOne()
  await author.saved()

  // The relay's disk, seen through its process.
  const filler = join('/proc', String(relay.pid), 'root', folder, 'filler')
  writeUntilFull(filler)
  const large = 'x'.repeat(200_000)
  author.doc.getMap('large').set('x', large)
  await until('the author is told', () => author.status.error?.code === 'log/full')
  expect(author.status.edits).not.toBe('saved')
  const newcomer = createSdkClient(relay.url)
  const fresh = newcomer.open('full')
  await fresh.synced
  expect(tokensIn(fresh.doc)).toEqual([...typist.acked])

  rmSync(filler)
  typist.typeOne()
  await author.saved()
  await until('the others have it', () =>
    [other, fresh].every(({ doc }) => doc.getMap('large').get('x') === large),
  )
  expect(fresh.doc.getText(textRoot).toString()).toBe(author.doc.getText(textRoot).toString())
  expect(relay.exitCode).toBeNull()
  await Promise.all([writer, reader, newcomer].map(({ client }) => client.close()))
})

function writeUntilFull(path: string): void {
  for (let bytes = diskBytes; bytes > 512; bytes = Math.floor(bytes / 2)) {
    try {
      while (true) writeFileSync(path, new Uint8Array(bytes), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
