// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { createClient, type DocumentHandle } from '@tidemark/client'
import { expect, onTestFinished, test } from 'vitest'
import { RelayProcess } from '../harness/relay-process.ts'
import { temporaryFolder } from '../harness/temp-folder.ts'
import { createTypist, type Typist, textRoot, tokensIn } from '../harness/typist.ts'
import { until } from '../harness/until.ts'

const document = 'offline'
const editsApart = 1_000

test('[C3] two replicas that edited apart while the relay was down, one reloaded from its device meanwhile, converge', {
  timeout: 60_000,
}, async () => {
  const relay = await RelayProcess.start({ folder: temporaryFolder(), flags: ['--log-level', 'error'] })
  onTestFinished(() => relay.kill())
  const anna = open(relay, 'anna')
  const bert = open(relay, 'bert')
  await Promise.all([anna.handle.synced, bert.handle.synced])
  anna.handle.doc.getText(textRoot).insert(0, 'together ')
  await anna.handle.saved()
  await until('bert has it', () => bert.handle.doc.getText(textRoot).length > 0)
  await relay.kill()

  const annaTypes = createTypist('anna', () => anna.handle.doc)
  const bertTypes = createTypist('bert', () => bert.handle.doc)
  typeApart(annaTypes)
  typeApart(bertTypes)
  await until('it is on the device', () => anna.handle.status.edits === 'on-device')
  const before = tokensIn(anna.handle.doc)
  await anna.client.close()
  const annaAgain = open(relay, 'anna')
  await annaAgain.handle.loaded
  expect(tokensIn(annaAgain.handle.doc)).toEqual(before)
  expect(annaAgain.handle.status.edits).not.toBe('saved')

  await relay.start()
  await Promise.all([annaAgain.handle.saved(), bert.handle.saved()])
  const tokens = (): string[] => tokensIn(annaAgain.handle.doc)
  await until('both hold all', () => tokens().length === 1 + 2 * editsApart)
  await until('both are equal', () => String(tokensIn(bert.handle.doc)) === String(tokens()))
  expect(new Set(tokens())).toEqual(new Set(['together', ...annaTypes.typed, ...bertTypes.typed]))
  await Promise.all([annaAgain.client.close(), bert.client.close()])
})

function open(
  { url }: RelayProcess,
  name: string,
): { client: ReturnType<typeof createClient>; handle: DocumentHandle } {
  // The name is that of a database: the same again is the same device.
  const client = createClient({ url, name, onError: () => {} })
  return { client, handle: client.open(document) }
}

function typeApart(typist: Typist): void {
  for (let i = 0; i < editsApart; i++) typist.typeOne()
}
