import { expect, test } from 'vitest'
import { PresenceClaims } from './presence-claims.ts'
import { Replica, type TestClient } from './testing/replica.ts'
import { createWorld, type World } from './testing/world.ts'

const seen = (client: TestClient): unknown[] =>
  client
    .got('presence-changed')
    .flatMap(({ entries }) => entries.map(({ id, state }) => [id, new TextDecoder().decode(state)]))

test('[PRE1] presence reaches the others, a late joiner too, and is never stored', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { at: 1 })
  await world.flush()
  const carol = await world.join('notes')
  expect([seen(bob), seen(carol)]).toEqual([[[5, '{"at":1}']], [[5, '{"at":1}']]])
  expect(world.log.appends).toEqual([])
})

test("[PRE1] the clock is the relay's, and rises over a restart", async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  for (let at = 0; at < 3; at++) {
    alice.presence(5, { at })
    await world.flush()
  }
  const clocks = bob.got('presence-changed').flatMap(({ entries }) => entries.map(({ clock }) => clock))
  expect(clocks).toEqual([...new Set(clocks)].sort((a, b) => a - b))
  await world.advance(1_000)
  world.crash()
  const again = await world.join('notes')
  const carol = await world.join('notes')
  again.presence(5, { at: 9 })
  await world.flush()
  expect(carol.got('presence-changed')[0]?.entries[0]?.clock).toBeGreaterThan(clocks.at(-1) as number)
})

test('[PRE1] an id of another account can be neither changed nor removed', async () => {
  const world = createWorld({ authorize: ({ token }) => ({ principal: token, access: 'write' }) })
  const alice = await world.join('notes', undefined, { token: 'alice' })
  const mallory = await world.join('notes', undefined, { token: 'mallory' })
  const bob = await world.join('notes', undefined, { token: 'bob' })
  alice.presence(5, { name: 'Alice' })
  await world.flush()
  mallory.presence(5, { name: 'Mallory' })
  mallory.presence(5, null)
  await world.flush()
  mallory.offline()
  await world.flush()
  expect(seen(bob)).toEqual([[5, '{"name":"Alice"}']])
  expect(world.eventsOf('presence-ignored').length).toBe(2)
})

test('[PRE1] a session has one id: announcing another removes the first', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  await world.flush()
  alice.presence(6, { n: 2 })
  await world.flush()
  expect(seen(bob)).toEqual([
    [5, '{"n":1}'],
    [5, ''],
    [6, '{"n":2}'],
  ])
})

test('who changes alone is not told of itself', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  await world.flush()
  expect([seen(alice).length, seen(bob).length]).toEqual([0, 1])
})

test('one who comes back before its old connection is known to be dead takes its id over', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  await world.flush()
  const again = await world.join('notes')
  again.presence(5, { n: 2 })
  await world.flush()
  alice.offline()
  await world.flush()
  expect(seen(bob)).toEqual([
    [5, '{"n":1}'],
    [5, '{"n":2}'],
  ])
})

// Found by a simulation: the last words of a connection that broke came late, took the id from the one that had replaced
// it, and the id went with them.
test('[PRE2] the last words of a connection that was replaced do not take its id back', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  const again = await world.join('notes')
  again.presence(5, { n: 2 })
  await world.flush()
  alice.presence(5, { n: 1 })
  await world.flush()
  alice.offline()
  await world.flush()
  expect(seen(bob).at(-1)).toEqual([5, '{"n":2}'])
})

test.each([
  ['closes its session', (client: TestClient) => client.send({ type: 'close', session: 1 })],
  ['is cut', (client: TestClient) => client.offline()],
  ['sends garbage', (client: TestClient) => client.sendBytes(Uint8Array.of(255, 255))],
  ['clears its state', (client: TestClient) => client.presence(5, null)],
])('[PRE2] when a participant %s, it is removed for everybody', async (_, leave) => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  await world.flush()
  leave(alice)
  await world.flush()
  expect(seen(bob).at(-1)).toEqual([5, ''])
  const [came, left] = bob.got('presence-changed').flatMap(({ entries }) => entries)
  expect(left?.clock).toBeGreaterThan(came?.clock as number)
})

test('[PRE2] when a participant falls silent, it is removed for everybody', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, { n: 1 })
  await world.flush()
  for (let i = 0; i < 20; i++) {
    await world.advance(5_000)
    bob.send({ type: 'ping', nonce: i })
  }
  expect(seen(bob).at(-1)).toEqual([5, ''])
})

test('[PRE3] in one turn a reader receives at most the latest state of each participant', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const carol = await world.join('notes')
  for (let at = 0; at < 50; at++) alice.presence(5, { at })
  bob.presence(6, { at: 0 })
  await world.flush()
  expect(carol.got('presence-changed').length).toBe(1)
  expect(seen(carol)).toEqual([
    [5, '{"at":49}'],
    [6, '{"at":0}'],
  ])
  expect(bob.socket.frames.at(-1)).toBe(carol.socket.frames.at(-1))
})

test('[PRE3] a reader that was full gets the latest state of those who changed, once', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 2_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  for (let at = 0; at < 100; at++) {
    alice.presence(5, { at, filling: 'x'.repeat(100) })
    await world.flush()
    expect(bob.socket.bufferedBytes).toBeLessThan(3_000)
  }
  alice.presence(5, null)
  await world.flush()
  while (bob.socket.bufferedBytes > 0) {
    bob.socket.release(1)
    await world.flush()
  }
  expect(seen(bob).length).toBeLessThan(20)
  expect(seen(bob).at(-1)).toEqual([5, ''])
})

test('[PRE3] a crowd is told at once that somebody moved, and after a rest where everybody is by then', async () => {
  const world = createWorld({ limits: { presenceRestMsPerReader: 10, presenceRestMsMax: 25 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const carol = await world.join('notes')
  for (let at = 0; at < 5; at++) {
    alice.presence(5, { at })
    bob.presence(6, { at })
    await world.flush()
  }
  bob.offline()
  await world.flush()
  const atOnce = ['{"at":0}', '{"at":0}']
  expect(seen(carol).map((state) => (state as unknown[])[1])).toEqual(atOnce)
  await world.advance(24)
  expect(seen(carol).length).toBe(2)
  await world.advance(1)
  expect(seen(carol).slice(2)).toEqual([
    [5, '{"at":4}'],
    [6, ''],
  ])
  await world.advance(25)
  alice.presence(5, { at: 5 })
  await world.flush()
  expect(seen(carol).at(-1)).toEqual([5, '{"at":5}'])
})

// Found by a simulation: what was held back was sent when the socket drained, and the next state right behind it.
test('[PRE3] a reader that drains in the turn in which somebody moves gets one state of them', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 2_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  alice.replica.type('x'.repeat(2_000))
  await world.flush()
  alice.presence(5, { at: 1 })
  await world.flush()
  bob.socket.release()
  alice.presence(5, { at: 2 })
  await world.flush()
  expect(seen(bob)).toEqual([[5, '{"at":2}']])
})

test('[LIM1] a state above the limit is not taken', async () => {
  const world = createWorld({ limits: { presenceBytesMax: 20 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.presence(5, 'x'.repeat(18))
  await world.flush()
  alice.presence(5, 'y'.repeat(19))
  await world.flush()
  expect(seen(bob)).toEqual([[5, `"${'x'.repeat(18)}"`]])
})

test.each(['native', 'y-websocket'])(
  '[PRE3] a newcomer (%s) is told once of whoever moves in the same turn',
  async (dialect) => {
    const world = createWorld()
    const alice = await world.join('notes')
    alice.presence(9, { x: 1 })
    await world.flush()
    const bob = dialect === 'native' ? world.connect() : null
    bob?.hello()
    bob?.open('notes')
    const stock = bob === null ? world.stock('notes') : null
    alice.presence(9, { x: 2 })
    await world.flush()
    const told = [
      ...(bob?.got('presence-changed') ?? []).flatMap(({ entries }) => entries),
      ...(stock?.got('awareness') ?? []).flatMap(({ entries }) => entries),
    ]
    expect(told.map(({ state }) => Buffer.from(state).toString())).toEqual(['{"x":2}'])
  },
)

// Found by a simulation: a stranger announced the id of somebody whose connection had just broken, and kept it.
test.each([
  [
    'who has announced it',
    async (_world: World, alice: TestClient) => alice.presence(5, { name: 'Alice' }),
    5,
  ],
  [
    'who has written under it, over a restart of the relay',
    async (world: World, alice: TestClient) => {
      alice.replica.type('hello')
      await world.flush()
      world.crash()
    },
    7,
  ],
])('[PRE1] an id of another account stays that of the one %s while that one is away', async (_, earn, id) => {
  const world = createWorld({ authorize: ({ token }) => ({ principal: token, access: 'write' }) })
  const replica = new Replica()
  replica.doc.clientID = 7
  const alice = await world.join('notes', replica, { token: 'alice' })
  await earn(world, alice)
  await world.flush()
  alice.offline()
  const mallory = await world.join('notes', undefined, { token: 'mallory' })
  mallory.presence(id, { name: 'Mallory' })
  await world.flush()
  const again = await world.join('notes', undefined, { token: 'alice' })
  again.presence(id, { name: 'Alice again' })
  await world.flush()
  const bob = await world.join('notes', undefined, { token: 'bob' })
  expect(seen(bob)).toEqual([[id, '{"name":"Alice again"}']])
})

test('[LIM1] the accounts behind ids are remembered up to a number: the oldest are forgotten first', () => {
  const claims = new PresenceClaims(2)
  claims.announced('alice', 1)
  claims.announced('bob', 2)
  claims.announced('alice', 1)
  expect([claims.mayAnnounce('mallory', 1), claims.mayAnnounce('mallory', 2)]).toEqual([false, false])
  claims.announced('carol', 3)
  const open = [1, 2, 3].map((id) => claims.mayAnnounce('mallory', id))
  expect(open).toEqual([false, true, false])
})

test('[LIM1] a session may take so many ids one after the other, and no more', async () => {
  const world = createWorld({ limits: { presenceIdsMax: 3 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  for (const id of [5, 6, 7]) alice.presence(id, { id })
  await world.flush()
  expect(seen(bob).at(-1)).toEqual([7, '{"id":7}'])
  alice.presence(8, { id: 8 })
  await world.flush()
  expect(seen(bob).at(-1)).toEqual([7, ''])
  expect(world.eventsOf('presence-ignored').map(({ id }) => id)).toEqual([8])
})

test('[LIM1] a reader that stays full while too many come and go loses its session, and not its connection', async () => {
  const world = createWorld({ limits: { presenceStaleMax: 3, bufferedBytesMax: 2_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  alice.replica.type('x'.repeat(2_000))
  await world.flush()
  const comeAndGo = async (id: number): Promise<void> => {
    const visitor = await world.join('notes')
    visitor.presence(id, { id })
    await world.flush()
    visitor.offline()
    await world.flush()
  }
  for (const id of [1, 2, 3]) await comeAndGo(id)
  expect(world.relay.stats().sessions).toBe(2)
  await comeAndGo(4)
  expect(world.relay.stats().sessions).toBe(1)
  bob.socket.release()
  expect(bob.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['session/window-exceeded', 0],
  ])
})
