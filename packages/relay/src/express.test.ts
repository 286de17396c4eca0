import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { TidemarkError } from '@tidemark/base'
import { createMemoryLog } from '@tidemark/log'
import { concatFrames, encodeClientMessage, subprotocol } from '@tidemark/protocol'
import express from 'express'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { mountRelay } from './express.ts'
import { createRelay } from './index.ts'
import { createFaultyLog } from './testing/faulty-log.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve() {
  const log = createFaultyLog(createMemoryLog())
  const app = express()
  const relay = createRelay({ log })
  const server = app.listen(0, '127.0.0.1')
  mountRelay({ relay, app, server, path: '/sync' })
  await once(server, 'listening')
  closing.push(
    () => relay.close(),
    () => server.close(),
  )
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = async (path: string) => (await fetch(`http://${address}${path}`)).status
  return { log, relay, get, address }
}

test('a relay is mounted on an Express application with three lines', async () => {
  const { get, address } = await serve()
  expect([await get('/healthz'), await get('/readyz')]).toEqual([200, 200])
  const ws = new WebSocket(`ws://${address}/sync`, subprotocol)
  await once(ws, 'open')
  ws.close()
})

test('an upgrade elsewhere is refused', async () => {
  const { address } = await serve()
  const ws = new WebSocket(`ws://${address}/elsewhere`, subprotocol)
  const [error] = await once(ws, 'error')
  expect(String(error)).toContain('404')
})

test('[FAIL4] a relay that drains is healthy, and not ready', async () => {
  const { relay, get } = await serve()
  await relay.drain()
  expect([await get('/healthz'), await get('/readyz')]).toEqual([200, 503])
})

test('[FAIL2] a relay whose log failed is not healthy', async () => {
  const { log, get, address } = await serve()
  log.failAppends(new TidemarkError('log/failed', 'fsync'))
  const ws = new WebSocket(`ws://${address}/sync`, subprotocol)
  await once(ws, 'open')
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'x')
  const update = Y.encodeStateAsUpdate(doc)
  ws.send(
    concatFrames([
      encodeClientMessage({ type: 'hello', version: 1, token: '' }),
      encodeClientMessage({ type: 'open', session: 1, document: 'd', access: 'write', cursor: null }),
      encodeClientMessage({ type: 'push', session: 1, batch: 1, recovery: false, update }),
    ]),
  )
  await once(ws, 'close')
  expect([await get('/healthz'), await get('/readyz')]).toEqual([503, 503])
})
