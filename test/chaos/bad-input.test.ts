import { randomBytes } from 'node:crypto'
import type { DocumentHandle } from '@tidemark/client'
import { closeCodes, defaultConnectionLimits } from '@tidemark/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { RawClient } from '../harness/raw-client.ts'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient, type SdkClient } from '../harness/sdk-client.ts'
import { readStoredLog, replayed } from '../harness/stored-log.ts'
import { makeTemporaryFolder, removeFolder } from '../harness/temp-folder.ts'
import { createSdkTypist, type Typist, tokensIn } from '../harness/typist.ts'

const document = 'witness'
const folder = makeTemporaryFolder()
let relay: RelayProcess
let witness: SdkClient
let handle: DocumentHandle
let typist: Typist

/** Somebody types all the time, and must not notice any of it. */
beforeAll(async () => {
  const flags = ['--log-level', 'error', '--token', 'owner:write:right', '--token', 'guest:read:reading']
  relay = await RelayProcess.start({ folder, flags })
  witness = createSdkClient(relay.url, { token: 'right' })
  handle = witness.open(document)
  await handle.synced
  typist = createSdkTypist('w', handle)
}, 60_000)

afterAll(async () => {
  await witness.client.close()
  await relay.stop()
  const stored = (await readStoredLog(folder)).get(document)
  removeFolder(folder)
  const tokens = stored === undefined ? [] : tokensIn(replayed(stored))
  const lost = [...typist.acked].filter((token) => !tokens.includes(token))
  if (lost.length > 0) throw new Error(`acknowledged and lost: ${lost.join(', ')}`)
}, 60_000)

/** What the one who types sees after another edit. */
async function witnessSees(): Promise<object> {
  typist.typeOne()
  await handle.saved()
  const { connection, edits, error } = handle.status
  return { connection, edits, error, errors: witness.errors }
}

const nothing = { connection: 'live', edits: 'saved', error: null, errors: [] }

async function badClient(token = 'right'): Promise<RawClient> {
  const client = await RawClient.connect(relay.url)
  client.hello(token)
  return client
}

test('[LIM1] a frame of garbage ends its connection with connection/bad-frame', async () => {
  const client = await badClient()
  client.sendBytes(Uint8Array.of(0x7e, ...randomBytes(200)).fill(0xff, 1))
  expect((await client.next('go-away')).code).toBe('connection/bad-frame')
  expect(await client.closed()).toBe(closeCodes.protocolError)
  expect(await witnessSees()).toEqual(nothing)
})

test('[ADM1] a truncated update is refused with update/malformed, and its session goes on', async () => {
  const client = await badClient()
  client.send({ type: 'open', session: 1, document: 'bad input', access: 'write', cursor: null })
  await client.next('opened')
  const doc = new Y.Doc()
  doc.getText('text').insert(0, 'whole')
  const update = Y.encodeStateAsUpdate(doc)
  client.send({ type: 'push', session: 1, batch: 1, recovery: false, update: update.subarray(0, -1) })
  expect(await client.next('refused')).toMatchObject({
    batch: 1,
    code: 'update/malformed',
    retryAfterMs: null,
  })
  client.send({ type: 'push', session: 1, batch: 2, recovery: false, update })
  expect(await client.next('ack')).toMatchObject({ batch: 2, first: 1, last: 1 })
  client.close()
  expect(await witnessSees()).toEqual(nothing)
})

test('[LIM1] a message of 20 MB ends its connection with 1009, before it is taken in', async () => {
  const client = await badClient()
  client.sendBytes(new Uint8Array(20_000_000))
  expect(await client.closed()).toBe(closeCodes.tooBig)
  expect(await witnessSees()).toEqual(nothing)
})

test('[LIM1] a frame above the limit ends its connection with connection/frame-too-large', async () => {
  const client = await badClient()
  client.sendBytes(new Uint8Array(defaultConnectionLimits.frameBytesMax + 1))
  expect((await client.next('go-away')).code).toBe('connection/frame-too-large')
  expect(await client.closed()).toBe(closeCodes.tooBig)
  expect(await witnessSees()).toEqual(nothing)
})

test('[ACC2] an unknown document opened for reading is document/unknown', async () => {
  const client = await badClient('reading')
  client.send({ type: 'open', session: 1, document: 'never made', access: 'read', cursor: null })
  expect(await client.next('closed')).toMatchObject({ session: 1, code: 'document/unknown' })
  client.close()
  expect(await witnessSees()).toEqual(nothing)
})

test('[ACC1] a wrong token is access/denied, whatever the document', async () => {
  const client = await badClient('wrong')
  client.send({ type: 'open', session: 1, document, access: 'read', cursor: null })
  expect(await client.next('closed')).toMatchObject({ session: 1, code: 'access/denied' })
  client.close()
  expect(await witnessSees()).toEqual(nothing)
})

test('[ADM4] a reader who pushes is refused with update/read-only', async () => {
  const client = await badClient('reading')
  client.send({ type: 'open', session: 1, document, access: 'read', cursor: null })
  await client.next('opened')
  client.send({ type: 'push', session: 1, batch: 1, recovery: false, update: Uint8Array.of(0, 0) })
  expect(await client.next('refused')).toMatchObject({ code: 'update/read-only' })
  client.close()
  expect(await witnessSees()).toEqual(nothing)
})

test('[YWS3] a stock client that sends garbage is closed, the others do not notice', async () => {
  const socket = new WebSocket(`${relay.stockUrl}/${document}?token=right`)
  const closed = new Promise((resolve) => {
    socket.on('close', resolve)
    socket.on('error', () => {})
  })
  socket.on('open', () => socket.send(Uint8Array.of(0, 2, 5, 1, 2, 3)))
  await closed
  expect(await witnessSees()).toEqual(nothing)
})
