import { expect, onTestFinished, test } from 'vitest'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient } from '../harness/sdk-client.ts'
import { createTmpfs } from '../harness/small-disk.ts'
import { temporaryFolder } from '../harness/temp-folder.ts'
import { createSdkTypist, textRoot, tokensIn } from '../harness/typist.ts'
import { until } from '../harness/until.ts'

const diskBytes = 4_000_000

test('[FAIL1] a full disk: edits are kept and refused for now, reads go on, and all are saved when there is room again', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder()
  const disk = await createTmpfs(folder, diskBytes)
  if (disk === null)
    throw new Error('this test needs `unshare` with user namespaces, to give the relay a small disk')
  onTestFinished(() => disk.close())
  const { prefix } = disk
  const relay = await RelayProcess.start({ folder, flags: ['--log-level', 'error'], prefix })
  onTestFinished(() => relay.kill())
  const writer = createSdkClient(relay.url)
  const reader = createSdkClient(relay.url)
  const author = writer.open('full')
  const other = reader.open('full')
  const typist = createSdkTypist('t', author)
  typist.typeOne()
  await author.saved()

  disk.fill(relay.pid)
  const large = 'x'.repeat(200_000)
  author.doc.getMap('large').set('x', large)
  await until('the author is told', () => author.status.error?.code === 'log/full')
  expect(author.status.edits).not.toBe('saved')
  const newcomer = createSdkClient(relay.url)
  const fresh = newcomer.open('full')
  await fresh.synced
  expect(tokensIn(fresh.doc)).toEqual([...typist.acked])

  disk.makeRoom(relay.pid)
  typist.typeOne()
  await author.saved()
  await until('the others have it', () =>
    [other, fresh].every(({ doc }) => doc.getMap('large').get('x') === large),
  )
  expect(fresh.doc.getText(textRoot).toString()).toBe(author.doc.getText(textRoot).toString())
  expect(relay.exitCode).toBeNull()
  await Promise.all([writer, reader, newcomer].map(({ client }) => client.close()))
})
