import { cpSync, rmSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { readLog } from '../harness/read-log.ts'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient } from '../harness/sdk-client.ts'
import { temporaryFolder } from '../harness/temp-folder.ts'
import { createSdkTypist, type Typist, tokensIn } from '../harness/typist.ts'
import { until } from '../harness/until.ts'

const document = 'backup'

test('[R3] a relay on an older copy of its database gets back from the replicas what it lost, and nothing doubles', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder()
  const backup = temporaryFolder()
  const relay = await RelayProcess.start({ folder, flags: ['--log-level', 'error'] })
  onTestFinished(() => relay.kill())
  const clients = [createSdkClient(relay.url), createSdkClient(relay.url)]
  const handles = clients.map((client) => client.open(document))
  const typists = handles.map((handle, index) => createSdkTypist(`person${index}-`, handle))
  const allSaved = () => Promise.all(handles.map((handle) => handle.saved()))

  type(typists, 50)
  await allSaved()
  await relay.stop()
  cpSync(folder, backup, { recursive: true })
  await relay.start()
  type(typists, 70)
  await allSaved()
  await relay.stop()
  const lost = (await readLog(folder, document))?.state.head ?? 0
  rmSync(folder, { recursive: true })
  cpSync(backup, folder, { recursive: true })
  expect((await readLog(folder, document))?.state.head).toBeLessThan(lost)
  await relay.start()

  type(typists, 5)
  await allSaved()
  const expected = new Set(typists.flatMap(({ typed }) => [...typed]))
  await until('both hold all', () => handles.every(({ doc }) => tokensIn(doc).length === expected.size))
  const newcomer = createSdkClient(relay.url)
  const fresh = newcomer.open(document)
  await fresh.synced
  await until('a newcomer is sent all of it', () => tokensIn(fresh.doc).length === expected.size)
  await Promise.all([...clients, newcomer].map(({ client }) => client.close()))
  await relay.stop()

  const stored = await readLog(folder, document)
  const tokens = stored === null ? [] : tokensIn(stored.doc)
  expect(new Set(tokens)).toEqual(expected)
  expect(tokens).toHaveLength(expected.size)
  for (const { doc } of [...handles, fresh]) expect(tokensIn(doc)).toEqual(tokens)
})

function type(typists: readonly Typist[], each: number): void {
  for (let i = 0; i < each; i++) for (const typist of typists) typist.typeOne()
}
