import { TidemarkError } from '@tidemark/base'
import { connectionLimitsHardMax, encodeClientMessage, updateBytesMin } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import { createInlineReplayer } from './inline-replayer.ts'
import { FakeSocket } from './testing/fake-socket.ts'
import type { TestClient } from './testing/replica.ts'
import { createWorld, type World } from './testing/world.ts'

async function welcomed(world: World): Promise<TestClient> {
  const client = world.connect()
  client.hello()
  await world.flush()
  return client
}

const codes = (client: TestClient): unknown[] => client.got('go-away').map(({ code }) => code)

test('hello is answered with the limits of the relay', async () => {
  const world = createWorld({ limits: { sessionsMax: 3 } })
  const alice = await welcomed(world)
  expect(alice.got('welcome').map(({ version, limits }) => [version, limits.sessionsMax])).toEqual([[1, 3]])
})

test('a client of a later version is answered with ours', async () => {
  const world = createWorld()
  const alice = world.connect()
  alice.send({ type: 'hello', version: 9, token: '' })
  await world.flush()
  expect(alice.got('welcome')[0]?.version).toBe(1)
})

test('a client of a version that never was is sent away for good', async () => {
  const world = createWorld()
  const alice = world.connect()
  alice.send({ type: 'hello', version: 0, token: '' })
  await world.flush()
  expect(alice.got('go-away').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['connection/version', null],
  ])
})

test.each([
  ['garbage', (client: TestClient) => client.sendBytes(Uint8Array.of(255, 255, 255, 255))],
  [
    'a truncated message',
    (client: TestClient) => client.sendBytes(encodeClientMessage({ type: 'ping', nonce: 9 }).subarray(0, 2)),
  ],
  ['a second hello', (client: TestClient) => client.hello()],
])('[LIM1] %s ends the connection and nobody else notices', async (_, send) => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  send(alice)
  await world.flush()
  expect(codes(alice)).toEqual(['connection/bad-frame'])
  expect(alice.socket.closedWith?.code).toBe(1002)
  bob.replica.type('fine')
  await world.flush()
  expect(bob.isUpToDate).toBe(true)
  expect(world.relay.stats()).toMatchObject({ connections: 1, sessions: 1 })
})

test('a message before hello ends the connection', async () => {
  const world = createWorld()
  const alice = world.connect()
  alice.open('notes')
  await world.flush()
  expect(codes(alice)).toEqual(['connection/bad-frame'])
})

test('a message of an unknown type is skipped', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.sendBytes(Uint8Array.of(200, 1, 7))
  await world.flush()
  expect(codes(alice)).toEqual([])
})

test('[LIM1] a frame at the limit is read, one above it ends the connection', async () => {
  const frameBytesMax = updateBytesMin + 64
  const world = createWorld({ limits: { frameBytesMax, updateBytesMax: updateBytesMin } })
  const alice = await world.join('notes')
  const padding = (length: number): Uint8Array => {
    const rest = length - 4
    const bytes = new Uint8Array(length)
    bytes.set([200, 0x80 | (rest & 127), 0x80 | ((rest >> 7) & 127), rest >> 14])
    return bytes
  }
  alice.sendBytes(padding(frameBytesMax))
  await world.flush()
  expect(codes(alice)).toEqual([])
  alice.sendBytes(padding(frameBytesMax + 1))
  await world.flush()
  expect(codes(alice)).toEqual(['connection/frame-too-large'])
  expect(alice.socket.closedWith?.code).toBe(1009)
})

test('[ADM4] an update at the limit is taken, one above it is refused', async () => {
  const world = createWorld({ limits: { frameBytesMax: 100_000, updateBytesMax: updateBytesMin } })
  const alice = await world.join('notes')
  alice.replica.type('x'.repeat(updateBytesMin - overhead(alice)))
  await world.flush()
  expect(alice.replica.acked).toEqual([1])
  alice.replica.type('x'.repeat(updateBytesMin))
  await world.flush()
  expect(alice.got('refused').map(({ code }) => code)).toEqual(['update/too-large'])
})

test('[LIM1] a connection may have so many sessions, and the next is turned away', async () => {
  const world = createWorld({ limits: { sessionsMax: 2 } })
  const alice = await welcomed(world)
  for (const session of [1, 2, 3]) alice.open(`document ${session}`, { session, cursor: null })
  await world.flush()
  expect(alice.got('opened').map(({ session }) => session)).toEqual([1, 2])
  expect(alice.got('closed').map(({ session, code }) => [session, code])).toEqual([
    [3, 'connection/too-many-sessions'],
  ])
  alice.send({ type: 'close', session: 1 })
  alice.open('document 3', { session: 3, cursor: null })
  await world.flush()
  expect(alice.got('opened').map(({ session }) => session)).toEqual([1, 2, 3])
})

test('a document is open once on a connection', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.open('notes', { session: 2 })
  await world.flush()
  expect(alice.got('closed').map(({ session, code }) => [session, code])).toEqual([[2, 'session/protocol']])
})

test('a session number that is in use ends the connection: what follows could belong to either', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.open('other')
  await world.flush()
  expect(codes(alice)).toEqual(['session/protocol'])
})

test('a document that cannot have this name is turned away', async () => {
  const world = createWorld()
  const alice = await welcomed(world)
  alice.open('a\nb')
  await world.flush()
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['document/bad-id'])
})

test('a closed session number can be opened again, and nothing of the first reaches it', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('x')
  await world.flush()
  alice.replica.outbox.clear()
  alice.send({ type: 'close', session: 1 })
  alice.open('other', { cursor: null })
  world.log.release()
  await world.flush()
  expect(alice.got('ack')).toEqual([])
  expect(alice.got('opened').map(({ channel }) => channel)).toEqual([1, 2])
})

test('many documents share one connection', async () => {
  const world = createWorld()
  const alice = await welcomed(world)
  alice.open('a')
  alice.open('b', { session: 2 })
  await world.flush()
  expect(alice.got('opened').map(({ session, channel }) => [session, channel])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

test('[LIM1] a session keeps within its window; an update that is larger than it travels alone', async () => {
  const world = createWorld({ limits: { windowBytesMax: 100 } })
  const alice = await world.join('notes')
  alice.replica.type('x'.repeat(500))
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
  world.log.hold()
  alice.replica.type('y'.repeat(50))
  alice.replica.type('z'.repeat(50))
  await world.flush()
  expect(alice.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['session/window-exceeded', 0],
  ])
})

test('the window opens again with the acks', async () => {
  const world = createWorld({ limits: { windowBytesMax: 100 } })
  const alice = await world.join('notes')
  for (let i = 0; i < 20; i++) {
    alice.replica.type('y'.repeat(50))
    await world.flush()
  }
  expect(alice.isUpToDate).toBe(true)
})

test('[LIM1] what is sent before a session is open is bounded', async () => {
  const world = createWorld({ authorize: () => new Promise(() => {}), limits: { openingBytesMax: 1_000 } })
  const alice = await welcomed(world)
  alice.open('notes')
  alice.push(1, new Uint8Array(800))
  await world.flush()
  expect(alice.got('closed')).toEqual([])
  alice.push(2, new Uint8Array(1))
  await world.flush()
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['session/window-exceeded'])
})

test('[LIM1] a document takes so much before it is stored, and asks to come back with the rest', async () => {
  const world = createWorld({ limits: { inFlightBytesMax: 100 } })
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('x'.repeat(70))
  alice.replica.type('y'.repeat(70))
  await world.flush()
  expect(alice.got('refused').map(({ batch, code }) => [batch, code])).toEqual([[2, 'relay/overloaded']])
  world.log.release()
  await world.flush()
  expect(alice.replica.acked).toEqual([1])
})

test('[LIM2] a connection that has not opened a document in time is closed', async () => {
  const world = createWorld({ limits: { firstOpenMsMax: 3_000 } })
  const silent = world.connect()
  const greeted = await welcomed(world)
  const opened = await world.join('notes')
  await world.advance(3_000)
  expect([codes(silent), codes(greeted), codes(opened)]).toEqual([
    ['connection/unauthenticated-too-long'],
    ['connection/unauthenticated-too-long'],
    [],
  ])
})

test('[LIM2] a connection that is silent for longer than the idle limit is closed', async () => {
  const world = createWorld({ limits: { idleMsMax: 8_000 } })
  const silent = await world.join('notes')
  const pinging = await world.join('notes')
  for (let i = 0; i < 5; i++) {
    await world.advance(2_000)
    pinging.send({ type: 'ping', nonce: i })
    if (i === 2) expect(codes(silent)).toEqual([])
  }
  await world.flush()
  expect([codes(silent), codes(pinging)]).toEqual([['connection/idle'], []])
  expect(pinging.got('pong').map(({ nonce }) => nonce)).toEqual([0, 1, 2, 3, 4])
})

test('limits that contradict each other are a mistake of the owner', () => {
  expect(() =>
    createWorld({ limits: { frameBytesMax: updateBytesMin, updateBytesMax: updateBytesMin } }),
  ).toThrow('frameBytesMax')
  expect(() => createWorld({ limits: { idleMsMax: connectionLimitsHardMax.idleMsMax + 1 } })).toThrow(
    'idleMsMax',
  )
  expect(() => createWorld({ limits: { terminateBytesMax: 1_000 } })).toThrow('terminateBytesMax')
})

test('[FAIL4] draining takes no connections, finishes its commits, and tells the clients when to come back', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('under way')
  await world.flush()
  let drained = false
  void world.relay.drain().then(() => {
    drained = true
  })
  await world.flush()
  expect(drained).toBe(false)
  const late = world.connect()
  expect(late.socket.closedWith?.code).toBe(1012)
  expect(codes(late)).toEqual(['relay/draining'])
  world.log.release()
  await world.flush()
  expect(drained).toBe(true)
  expect(alice.isUpToDate).toBe(true)
  expect(alice.got('go-away').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['relay/draining', 1_500],
  ])
  expect(alice.socket.closedWith?.code).toBe(1012)
})

test('[FAIL4] what comes after the go-away is not taken', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('a')
  await world.flush()
  void world.relay.drain()
  alice.replica.type('b')
  await world.flush()
  expect(world.log.appends.length).toBe(1)
  world.log.release()
  await world.flush()
  expect(alice.replica.acked).toEqual([1])
})

test('[FAIL4] who is still let in when the relay drains is in the way of nobody', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('under way')
  await world.flush()
  const native = await world.join('other')
  const stock = world.stock('another')
  const drained = world.relay.drain()
  await world.flush()
  world.log.release()
  await world.flush()
  await drained
  expect([native.socket.closedWith?.code, stock.socket.closedWith?.code]).toEqual([1012, 1012])
  expect(stock.messages).toEqual([])
})

test('[FAIL4] what was still asked of the replayer when the relay ended is no failure', async () => {
  const asked: ((error: Error) => void)[] = []
  const world = createWorld({
    replayer: {
      ...createInlineReplayer(),
      differences: () => new Promise((_, reject) => asked.push(reject)),
      close: async () => {
        for (const reject of asked) reject(new TidemarkError('relay/draining', 'the relay is closed'))
      },
    },
  })
  await world.joinStock('notes')
  expect(asked.length).toBe(1)
  await world.relay.close()
  await world.flush()
  expect(world.eventsOf('replay-failed')).toEqual([])
})

test('a relay that nobody uses drains at once', async () => {
  const world = createWorld()
  await world.relay.close()
  expect(world.relay.stats().state).toBe('closed')
})

test('a document leaves memory some time after its last session, and comes back from the log', async () => {
  const world = createWorld({ limits: { evictAfterMs: 5_000 } })
  const alice = await world.join('notes')
  alice.replica.type('kept')
  await world.flush()
  alice.offline()
  await world.advance(4_000)
  expect(world.relay.stats().documents).toBe(1)
  await world.advance(1_000)
  expect(world.relay.stats().documents).toBe(0)
  const bob = await world.join('notes')
  expect(bob.text).toBe('kept')
  expect(bob.opened?.channel).toBe(2)
})

test('a document that nobody may make is not kept in memory', async () => {
  const world = createWorld()
  const alice = await welcomed(world)
  for (let session = 1; session <= 100; session++)
    alice.open(`unknown ${session}`, { session, access: 'read' })
  await world.flush()
  expect(alice.got('closed').length).toBe(100)
  expect(world.relay.stats().documents).toBe(0)
})

function overhead(client: TestClient): number {
  const before = client.replica.doc.clientID
  // The bytes of an insertion beside its text, for a text of 128 characters and more at the start of a document.
  return 4 + varintBytes(before) + 3 + 2 + 2
}

function varintBytes(value: number): number {
  return value < 128 ? 1 : 1 + varintBytes(Math.floor(value / 128))
}

test('[LIM1] what waits for access is bounded for the whole connection, not for each of its sessions', async () => {
  const world = createWorld({ authorize: () => new Promise(() => {}), limits: { openingBytesMax: 1_000 } })
  const alice = world.connect()
  alice.hello()
  const push = { type: 'push', batch: 1, recovery: false, update: new Uint8Array(600) } as const
  for (const session of [1, 2, 3]) {
    alice.open(`notes ${session}`, { session })
    alice.send({ ...push, session })
    if (session === 2) alice.send({ type: 'close', session: 1 })
  }
  await world.flush()
  expect(alice.got('closed').map(({ session, code }) => [session, code])).toEqual([
    [2, 'session/window-exceeded'],
  ])
})

test.each([
  ['of all', { connectionsMax: 3 }],
  ['of one address', { connectionsPerAddressMax: 2 }],
])(
  '[LIM1] so many connections %s are open, and the next is turned away until one is gone',
  async (_, limits) => {
    const world = createWorld({ limits })
    const dial = (address: string): FakeSocket => {
      const socket = new FakeSocket()
      socket.attach(world.relay.accept(socket, { dialect: 'native' }, { address, headers: {} }))
      return socket
    }
    const elsewhere = dial('192.0.2.1')
    const [first, second, third] = [dial('192.0.2.7'), dial('192.0.2.7'), dial('192.0.2.7')]
    expect([elsewhere, first, second].map(({ closedWith }) => closedWith)).toEqual([null, null, null])
    expect(third?.closedWith).toEqual({ code: 1013, reason: 'connection/too-many' })
    first?.hangUp()
    expect(dial('192.0.2.7').closedWith).toBeNull()
    expect(dial('192.0.2.7').closedWith?.reason).toBe('connection/too-many')
  },
)

test('[LIM1] a socket that the relay has closed counts until it is gone', () => {
  const world = createWorld({ limits: { connectionsMax: 1 } })
  const lingering = new FakeSocket()
  // A peer that never answers the close.
  lingering.close = () => {}
  const request = { address: '192.0.2.7', headers: {} }
  const input = world.relay.accept(lingering, { dialect: 'native' }, request)
  input.received(Uint8Array.of(255, 255))
  const next = new FakeSocket()
  next.attach(world.relay.accept(next, { dialect: 'native' }, request))
  expect(next.closedWith?.reason).toBe('connection/too-many')
  input.closed()
  input.closed()
  const last = new FakeSocket()
  last.attach(world.relay.accept(last, { dialect: 'native' }, request))
  expect(last.closedWith).toBeNull()
})

test('[LIM1] so many questions about access may be open, also of sessions that were closed again', async () => {
  let asked = 0
  const answers: (() => void)[] = []
  const authorize = (): Promise<{ principal: string; access: 'write' }> => {
    asked++
    return new Promise((resolve) => answers.push(() => resolve({ principal: 'ada', access: 'write' })))
  }
  const world = createWorld({ limits: { authorizingMax: 3 }, authorize })
  const alice = await welcomed(world)
  const openAndClose = (session: number): void => {
    alice.open(`document ${session}`, { session })
    alice.send({ type: 'close', session })
  }
  for (const session of [1, 2, 3, 4, 5]) openAndClose(session)
  await world.flush()
  expect(asked).toBe(3)
  expect(alice.got('closed').map(({ session, code }) => [session, code])).toEqual([
    [4, 'access/unavailable'],
    [5, 'access/unavailable'],
  ])
  for (const answer of answers) answer()
  await world.flush()
  openAndClose(6)
  await world.flush()
  expect(asked).toBe(4)
})

test('[LIM1] so many documents are in memory, and the next is refused for now; those that are there stay open to all', async () => {
  const world = createWorld({ limits: { documentsMax: 2, evictAfterMs: 1_000 } })
  const alice = await world.join('one')
  const bob = await world.join('two')
  const carol = await world.join('three')
  expect(carol.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['relay/overloaded', 10_000],
  ])
  expect((await world.joinStock('three')).socket.closedWith?.code).toBe(1013)
  const dave = await world.join('one')
  expect(dave.opened).not.toBeNull()
  alice.offline()
  dave.offline()
  await world.advance(1_001)
  expect((await world.join('three')).opened).not.toBeNull()
  expect(bob.got('closed')).toEqual([])
})

test('[LIM1] a flood of what adds nothing does not wait for a slow disk without a limit', async () => {
  const world = createWorld({ limits: { inFlightBytesMax: 2_000 } })
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('hello')
  const nothing = Uint8Array.of(0, 0)
  for (let batch = 2; batch <= 30; batch++) alice.push(batch, nothing)
  expect(world.relay.stats().inFlightBytes).toBeLessThanOrEqual(2_000)
  await world.flush()
  expect(new Set(alice.got('refused').map(({ code }) => code))).toEqual(new Set(['relay/overloaded']))
  world.log.release()
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
})
