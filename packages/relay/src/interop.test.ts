import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryLog } from '@tidemark/log'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { createRelay, type Relay } from './index.ts'
import { attachRelay } from './ws.ts'

/* The published y-websocket client against a real port. */

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function serve(): Promise<{ relay: Relay; url: string }> {
  const relay = createRelay({ log: createMemoryLog() })
  const server: Server = createServer()
  attachRelay(relay, server, { yWebsocketPath: '/y' })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () => server.close(),
    () => relay.close(),
  )
  return { relay, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/y` }
}

function stock(url: string, room: string): WebsocketProvider {
  const provider = new WebsocketProvider(url, room, new Y.Doc(), {
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
  })
  closing.push(() => provider.destroy())
  return provider
}

function synced(provider: WebsocketProvider): Promise<void> {
  return new Promise((resolve) => {
    if (provider.synced) resolve()
    else provider.on('sync', (isSynced: boolean) => isSynced && resolve())
  })
}

/** When `holds`, asked again after each event of the document or its awareness. */
function until({ doc, awareness }: WebsocketProvider, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (holds()) resolve()
    }
    doc.on('update', look)
    awareness.on('change', look)
    look()
  })
}

const text = ({ doc }: WebsocketProvider): string => doc.getText('t').toString()

test('[YWS1] stock y-websocket clients write one document, also one that joins later', async () => {
  const { url } = await serve()
  const alice = stock(url, 'a/room')
  const bob = stock(url, 'a/room')
  await Promise.all([synced(alice), synced(bob)])
  alice.doc.getText('t').insert(0, 'hello')
  await until(bob, () => text(bob) === 'hello')
  bob.doc.getText('t').insert(5, ' world')
  await until(alice, () => text(alice) === 'hello world')
  const carol = stock(url, 'a/room')
  await synced(carol)
  expect(text(carol)).toBe('hello world')
})

test('[YWS1] what a stock client typed while it was away arrives when it comes back', async () => {
  const { url } = await serve()
  const alice = stock(url, 'room')
  const bob = stock(url, 'room')
  await Promise.all([synced(alice), synced(bob)])
  alice.disconnect()
  alice.doc.getText('t').insert(0, 'from afar')
  alice.connect()
  await until(bob, () => text(bob) === 'from afar')
})

test('[PRE2] presence of a stock client reaches the others and ends with its connection', async () => {
  const { url } = await serve()
  const alice = stock(url, 'room')
  const bob = stock(url, 'room')
  await Promise.all([synced(alice), synced(bob)])
  const id = alice.doc.clientID
  alice.awareness.setLocalStateField('user', { name: 'Alice' })
  await until(bob, () => bob.awareness.getStates().get(id)?.['user']?.name === 'Alice')
  alice.ws?.close()
  await until(bob, () => !bob.awareness.getStates().has(id))
})
