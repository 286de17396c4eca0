import { describe, expect, test, vi } from 'vitest'
import type { AccessGrant, Authorize } from './ports.ts'
import { Replica } from './testing/replica.ts'
import { createWorld } from './testing/world.ts'

test('[ACC1] the owner is asked for every document, before anything of it is read', async () => {
  const asked: unknown[] = []
  const world = createWorld({
    authorize: ({ document, access, token, dialect }) => {
      asked.push([document, access, token, dialect])
      return { refused: 'not yours' }
    },
  })
  const load = vi.spyOn(world.log, 'load')
  const alice = world.connect()
  alice.hello('secret')
  alice.open('a')
  alice.open('b', { session: 2, access: 'read' })
  await world.flush()
  expect(asked).toEqual([
    ['a', 'write', 'secret', 'native'],
    ['b', 'read', 'secret', 'native'],
  ])
  expect(
    alice
      .got('closed')
      .map(({ session, code, message, retryAfterMs }) => [session, code, message, retryAfterMs]),
  ).toEqual([
    [1, 'access/denied', 'not yours', null],
    [2, 'access/denied', 'not yours', null],
  ])
  expect(load).not.toHaveBeenCalled()
})

test('[ACC1] a check that takes its time delays only its own document', async () => {
  let decide: (grant: AccessGrant) => void = () => {}
  const world = createWorld({
    authorize: ({ document }) =>
      document === 'slow'
        ? new Promise((resolve) => {
            decide = resolve
          })
        : { principal: 'p', access: 'write' },
  })
  const alice = world.connect()
  alice.hello()
  alice.open('slow')
  alice.open('fast', { session: 2 })
  await world.flush()
  expect(alice.got('opened').map(({ session }) => session)).toEqual([2])
  decide({ principal: 'p', access: 'write' })
  await world.flush()
  expect(alice.got('opened').map(({ session }) => session)).toEqual([2, 1])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('down')
    },
  ],
  ['rejects', () => Promise.reject(new Error('down'))],
  ['decides nonsense', () => ({ principal: '', access: 'write' }) as const],
  ['grants an access there is not', () => ({ principal: 'p', access: 'own' }) as never],
  [
    'names a principal with control characters',
    () => ({ principal: 'a\u001fy-websocket', access: 'write' }) as const,
  ],
])('[ACC1] a check that %s is told as unavailable, with a delay', async (_, authorize) => {
  const world = createWorld({ authorize })
  const alice = await world.join('notes')
  expect(alice.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['access/unavailable', 5_000],
  ])
  expect(world.eventsOf('authorize-failed').length).toBe(1)
})

test('[ACC1] a check that never answers is given up', async () => {
  const world = createWorld({ authorize: () => new Promise(() => {}), limits: { authorizeMsMax: 3_000 } })
  const alice = world.connect()
  alice.hello()
  alice.open('notes')
  await world.advance(2_999)
  expect(alice.got('closed')).toEqual([])
  await world.advance(1)
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['access/unavailable'])
})

test('[ACC2] [ADM4] read access never appends', async () => {
  const world = createWorld({
    authorize: ({ token }) => ({ principal: token, access: token === 'reader' ? 'read' : 'write' }),
  })
  const alice = await world.join('notes', new Replica(), { token: 'writer' })
  alice.replica.type('a')
  await world.flush()
  const bob = await world.join('notes', new Replica(), { token: 'reader' })
  expect(bob.opened?.access).toBe('read')
  bob.replica.type('b')
  await world.flush()
  expect(bob.got('refused').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['update/read-only', null],
  ])
  expect(world.log.appends.length).toBe(1)
})

test('[ACC2] who asks for read access gets no more, whatever the owner would grant', async () => {
  const world = createWorld()
  await world.join('notes')
  const bob = await world.join('notes', new Replica(), { access: 'read' })
  expect(bob.opened?.access).toBe('read')
  bob.replica.type('b')
  await world.flush()
  expect(world.log.appends).toEqual([])
})

test('[ACC2] an unknown document that is opened for reading is unknown, and is not made', async () => {
  const world = createWorld()
  const alice = await world.join('notes', new Replica(), { access: 'read' })
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['document/unknown'])
  expect(await world.log.load('notes')).toBeNull()
  const both = [world.connect(), world.connect()] as const
  both[0].hello()
  both[0].open('notes', { access: 'read' })
  both[1].hello()
  both[1].open('notes')
  await world.flush()
  expect(both[0].got('closed').length).toBe(1)
  expect(both[1].opened).not.toBeNull()
})

test('[ACC3] access that was withdrawn ends the session: nothing of it is appended or delivered any more', async () => {
  const allowed = new Set(['alice', 'bob'])
  const world = createWorld({
    authorize: ({ token }) =>
      allowed.has(token) ? { principal: token, access: 'write' } : { refused: 'withdrawn' },
  })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  const bob = await world.join('notes', new Replica(), { token: 'bob' })
  allowed.delete('bob')
  world.relay.reauthorize({ principal: 'bob' })
  await world.flush()
  expect(bob.got('closed').map(({ code }) => code)).toEqual(['access/revoked'])
  bob.replica.type('after')
  alice.replica.type('secret')
  await world.flush()
  expect(world.log.appends.length).toBe(1)
  expect(bob.text).toBe('after')
  expect(alice.got('closed')).toEqual([])
})

test('[ACC3] access that changed is told', async () => {
  let access: 'read' | 'write' = 'write'
  const world = createWorld({ authorize: () => ({ principal: 'p', access }) })
  const alice = await world.join('notes')
  access = 'read'
  world.relay.reauthorize({ document: 'notes' })
  await world.flush()
  alice.replica.type('x')
  await world.flush()
  expect(alice.got('access-changed').map((message) => message.access)).toEqual(['read'])
  expect(alice.got('refused').map(({ code }) => code)).toEqual(['update/read-only'])
  access = 'write'
  world.relay.reauthorize()
  await world.flush()
  expect(alice.got('access-changed').map((message) => message.access)).toEqual(['read', 'write'])
})

test("[ACC3] a session that is now somebody else's has to come back", async () => {
  let principal = 'one'
  const world = createWorld({ authorize: () => ({ principal, access: 'write' }) })
  const alice = await world.join('notes')
  principal = 'two'
  world.relay.reauthorize()
  await world.flush()
  expect(alice.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['access/revoked', 0],
  ])
})

test('[ACC3] who is not meant is not asked again', async () => {
  const authorize = vi.fn<Authorize>(({ token }) => ({ principal: token, access: 'write' }))
  const world = createWorld({ authorize })
  await world.join('notes', new Replica(), { token: 'alice' })
  await world.join('other', new Replica(), { token: 'bob' })
  authorize.mockClear()
  world.relay.reauthorize({ document: 'other', principal: 'bob' })
  world.relay.reauthorize({ document: 'other', principal: 'alice' })
  expect(authorize.mock.calls.map(([request]) => request.token)).toEqual(['bob'])
})

test('[ADM2] a client id belongs to the account that first wrote under it, also after a restart and compaction', async () => {
  const world = createWorld({
    authorize: ({ token }) => ({ principal: token, access: 'write' }),
    limits: { compactEntriesMax: 2 },
  })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  for (const word of ['a', 'b', 'c']) {
    alice.replica.type(word)
    await world.flush()
  }
  expect(world.eventsOf('document-compacted').length).toBe(1)
  for (const round of ['live', 'after a restart']) {
    if (round !== 'live') world.crash()
    const mallory = await world.join('notes', new Replica(), { token: 'mallory' })
    mallory.replica.doc.clientID = alice.replica.doc.clientID
    mallory.replica.type('forged')
    await world.flush()
    expect(mallory.got('refused').map(({ code }) => code)).toEqual(['update/foreign-client'])
  }
  const again = await world.join('notes', alice.replica, { token: 'alice' })
  again.replica.type('d')
  await world.flush()
  expect(again.isUpToDate).toBe(true)
})

test('[ACC3] a decision that was under way when access was withdrawn does not count', async () => {
  const answers: ((grant: AccessGrant) => void)[] = []
  const world = createWorld({ authorize: () => new Promise((resolve) => answers.push(resolve)) })
  const alice = await world.join('notes')
  world.relay.reauthorize({ principal: 'alice' })
  answers[0]?.({ principal: 'alice', access: 'write' })
  await world.flush()
  expect(alice.opened).toBeNull()
  answers[1]?.({ principal: 'alice', access: 'read' })
  await world.flush()
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['document/unknown'])
})

describe.each(['native', 'y-websocket'] as const)('[ACC3] a session in doubt (%s)', (dialect) => {
  /** A writer who is asked about, and a reader beside it. */
  async function createDoubted() {
    const answers: ((grant: AccessGrant | { refused: string }) => void)[] = []
    let isSlow = false
    const world = createWorld({
      authorize: ({ token }) =>
        isSlow && token === 'bob'
          ? new Promise((resolve) => answers.push(resolve))
          : { principal: token, access: 'write' },
    })
    const alice = await world.join('notes', new Replica(), { token: 'alice' })
    const native = dialect === 'native' ? await world.join('notes', new Replica(), { token: 'bob' }) : null
    const stock = dialect === 'native' ? null : await world.joinStock('notes', { token: 'bob' })
    isSlow = true
    world.relay.reauthorize({ principal: 'bob' })
    native?.replica.type('b')
    stock?.type('b')
    await world.flush()
    const decide = async (grant: AccessGrant | { refused: string }): Promise<void> => {
      answers.at(-1)?.(grant)
      await world.flush()
    }
    return { world, alice, bob: { text: () => (native?.replica ?? stock)?.text ?? '' }, decide }
  }

  test('appends nothing of what it is sent, and all of it once access is confirmed', async () => {
    const { world, decide } = await createDoubted()
    expect(world.log.appends.length).toBe(0)
    await decide({ principal: 'bob', access: 'write' })
    expect(world.log.appends.length).toBe(1)
  })

  test('never appends it when access is gone', async () => {
    const { world, decide } = await createDoubted()
    await decide({ refused: 'removed' })
    await world.advance(60_000)
    expect(world.log.appends.length).toBe(0)
  })

  test('reads on for authorizeMsMax, whatever becomes of the check or of the log', async () => {
    const { world, alice, bob } = await createDoubted()
    await world.advance(4_999)
    alice.replica.type('seen')
    await world.flush()
    expect(bob.text()).toContain('seen')
    world.log.hold()
    alice.replica.type('hidden')
    await world.advance(1)
    world.log.release()
    await world.flush()
    expect(world.log.appends.length).toBe(2)
    expect(bob.text()).not.toContain('hidden')
  })
})

test('[ACC4] sessions that came together are asked about spread over half of the time, not together', async () => {
  const authorize = vi.fn<Authorize>(() => ({ principal: 'p', access: 'write', holdsMs: 60_000 }))
  const random = (): number => (authorize.mock.calls.length % 100) / 100
  const world = createWorld({ authorize, random })
  for (let i = 0; i < 100; i++) {
    const client = world.connect()
    client.hello()
    client.open('notes')
  }
  await world.flush()
  const asked: number[] = []
  for (let second = 0; second < 45; second++) {
    const before = authorize.mock.calls.length
    await world.advance(1_000)
    asked.push(authorize.mock.calls.length - before)
  }
  const before30 = asked.slice(0, 29).reduce((sum, count) => sum + count)
  expect([before30, asked.reduce((sum, count) => sum + count)]).toEqual([0, 100])
  expect(Math.max(...asked)).toBeLessThan(15)
})
