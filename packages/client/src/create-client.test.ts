import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryLog } from '@tidemark/log'
import { createInlineReplayer, createRelay, type Relay } from '@tidemark/relay'
import { attachRelay } from '@tidemark/relay/ws'
import { afterEach, expect, test, vi } from 'vitest'
import { createAwareness } from './awareness.ts'
import { type Client, createClient } from './index.ts'

const clients: Client[] = []
const servers: { relay: Relay; server: Server }[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const { relay, server } of servers.splice(0)) {
    await relay.close()
    server.close()
  }
})

async function serve(): Promise<string> {
  const relay = createRelay({ log: createMemoryLog(), replayer: createInlineReplayer() })
  const server = createServer()
  attachRelay(relay, server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push({ relay, server })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function join(url: string): Client {
  const client = createClient({ url })
  clients.push(client)
  return client
}

test('in Node, without configuration, over a real socket', async () => {
  const url = await serve()
  const [alice, bob] = [join(url).open('notes'), join(url).open('notes')]
  alice.doc.getText('t').insert(0, 'hello')
  await alice.saved()
  expect(alice.status).toMatchObject({ connection: 'live', edits: 'saved' })
  await bob.synced
  await expect.poll(() => bob.doc.getText('t').toString()).toBe('hello')
})

test('an awareness follows the presence of others and tells its own', async () => {
  const url = await serve()
  const [alice, bob] = [join(url).open('notes'), join(url).open('notes')]
  const [hers, his] = [createAwareness(alice), createAwareness(bob)]
  hers.setLocalStateField('user', { name: 'Alice' })
  await expect.poll(() => his.getStates().get(alice.doc.clientID)).toEqual({ user: { name: 'Alice' } })
  hers.destroy()
  await expect.poll(() => his.getStates().has(alice.doc.clientID)).toBe(false)
  his.destroy()
})

test('[STA2] an address that cannot be dialled is told, once', async () => {
  const told: string[] = []
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  const client = createClient({ url: 'no address', onError: ({ code }) => told.push(code) })
  client.open('x')
  const tries = () => random.mock.calls.length
  await vi.waitFor(() => expect(tries()).toBeGreaterThan(3))
  expect(told).toEqual(['connection/refused'])
  await client.close()
  random.mockRestore()
})
