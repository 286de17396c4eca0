import { ManualClock } from '@tidemark/base/testing'
import { describe, expect, test } from 'vitest'
import { lookMs, pagesMax } from './limits.ts'
import { createMemoryStore } from './store/memory-store.ts'
import type { ReplicaStore } from './store/replica-store.ts'
import { createStoreWatch } from './store-watch.ts'
import { siblingsOf } from './testing/fake-siblings.ts'
import { createFaultyStore } from './testing/faulty-store.ts'
import { createAuthor, ScriptedRelay } from './testing/scripted-relay.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

/** What one page must do for the others moves to another within this time. */
const handOverMs = 5_000

/** Two pages of one browser, both live, and somebody elsewhere. */
async function start(): Promise<{ world: World; first: Device; second: Device; bob: Device }> {
  const world = createWorld()
  const first = world.device()
  const second = world.device({ store: first.store })
  const bob = world.device()
  await world.settle()
  return { world, first, second, bob }
}

/** Types where the relay cannot be reached, and dies when the edit is on the device. */
async function typeAndDie(world: World, device: Device, text: string): Promise<void> {
  device.client.disconnect()
  device.type(text)
  await world.advance(100)
  expect(device.document.status.edits).toBe('on-device')
  device.kill()
}

describe('[SIB1] edits that a page left on the device', () => {
  test('are sent by another that had read the device before', async () => {
    const { world, first, second, bob } = await start()
    await typeAndDie(world, first, 'left behind')
    await world.advance(handOverMs)
    expect(bob.text).toBe('left behind')
    expect(second.text).toBe('left behind')
    expect(second.document.status).toMatchObject({ edits: 'saved', unsaved: 0 })
    expect(await second.store.load('notes')).toMatchObject({ outbox: [] })
  })

  test('are sent although nothing that pages tell each other arrives', async () => {
    const { world, first, bob } = await start()
    siblingsOf(first.store).isDown = true
    await typeAndDie(world, first, 'left behind')
    await world.advance(handOverMs)
    expect(bob.text).toBe('left behind')
  })

  test('are sent after an orderly end, too, and by one page that is offline at first', async () => {
    const { world, first, second, bob } = await start()
    second.client.disconnect()
    first.client.disconnect()
    first.type('left behind')
    await first.client.close()
    await world.advance(handOverMs)
    expect(second.text).toBe('left behind')
    expect(second.document.status).toMatchObject({ edits: 'on-device', unsaved: 1 })
    second.client.connect()
    await world.advance(handOverMs)
    expect(bob.text).toBe('left behind')
  })

  test('stay with a page that lives: it sends them itself when it can', async () => {
    const { world, first, second, bob } = await start()
    first.client.disconnect()
    first.type('mine')
    await world.advance(4 * handOverMs)
    expect(second.document.status).toMatchObject({ edits: 'saved', unsaved: 0 })
    expect([second.text, bob.text]).toEqual(['', ''])
    first.kill()
    await world.advance(handOverMs)
    expect(bob.text).toBe('mine')
  })

  test('[ACK2] saved() waits for those taken before the call, not for those taken after it', async () => {
    const { world, first, second } = await start()
    second.client.disconnect()
    await typeAndDie(world, first, 'left ')
    await world.advance(handOverMs)
    let saved = 0
    const count = (): void => void saved++
    void second.document.saved().then(count)
    await world.advance(handOverMs)
    expect(saved).toBe(0)
    second.client.connect()
    await world.advance(handOverMs)
    expect(saved).toBe(1)
  })

  test('are sent by one that has met a relay, when who made them never did', async () => {
    const world = createWorld()
    const living = world.device()
    await world.settle()
    await typeAndDie(world, world.device({ store: living.store }), 'left behind')
    await world.advance(handOverMs)
    expect(living.document.status).toMatchObject({ edits: 'saved', seq: 1 })
    expect(living.text).toBe('left behind')
  })

  test('are not taken from another history', async () => {
    const { world, first, second } = await start()
    first.client.disconnect()
    first.type('old ')
    await world.advance(100)
    first.kill()
    // The store has moved on under the page that lives.
    const stored = await second.store.load('notes')
    const own = { incarnation: stored?.incarnation ?? null, edits: [], acked: [] }
    const lineage = 'c'.repeat(32)
    const cursor = { lineage, seq: 1, check: '1'.padStart(32, '0') }
    const state = { update: createAuthor().write('other'), version: 1 } as const
    const replace = { kind: 'replace', rebuilt: false, aside: null, lineage, state, cursor, ...own } as const
    const update = createAuthor().write('foreign')
    await second.store.write('notes', { ...replace, edits: [{ tab: 'x', number: 1, update }] })
    second.client.disconnect()
    await world.advance(handOverMs)
    expect(second.text).toBe('')
  })
})

describe('[SIB2] pages without a relay', () => {
  test('show each other what they write, at once when they hear of it', async () => {
    const { world, first, second } = await start()
    for (const device of [first, second]) device.client.disconnect()
    first.type('from the first ')
    await world.advance(100)
    expect(second.text).toBe('from the first ')
    second.type('from the second')
    await world.advance(100)
    expect(first.text).toBe('from the first from the second')
    expect(await first.store.load('notes')).toMatchObject({ outbox: [{}, {}] })
  })

  test('show it soon when they do not', async () => {
    const { world, first, second } = await start()
    siblingsOf(first.store).isDown = true
    for (const device of [first, second]) device.client.disconnect()
    first.type('from the first')
    await world.advance(2_000)
    expect(second.text).toBe('from the first')
  })

  test('show it, too, while one of them waits for the relay to be rebuilt from', async () => {
    const { world, first, second, bob } = await start()
    for (const device of [first, second]) device.client.disconnect()
    second.document.reset()
    first.type('meanwhile')
    await world.advance(100)
    expect(second.text).toBe('meanwhile')
    for (const device of [first, second]) device.client.connect()
    await world.settle()
    expect([first.text, second.text, bob.text]).toEqual(['meanwhile', 'meanwhile', 'meanwhile'])
    expect(second.document.status).toMatchObject({ connection: 'live', edits: 'saved' })
  })

  test('what builds on the edits of another is sent after them', async () => {
    const { world, first, second, bob } = await start()
    for (const device of [first, second]) device.client.disconnect()
    for (let i = 0; i < 5; i++) {
      first.type(`${2 * i} `)
      await world.advance(100)
      second.type(`${2 * i + 1} `)
      await world.advance(100)
    }
    first.kill()
    second.kill()
    const third = world.device({ store: first.store })
    const numbers: number[] = []
    const stored = await third.store.load('notes')
    for (const { number } of stored?.outbox ?? []) numbers.push(number)
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
    await world.settle()
    expect(bob.text).toBe('0 1 2 3 4 5 6 7 8 9 ')
  })

  test('one that is behind reads the whole device when an edit builds on more than it has', async () => {
    const { world, first, second, bob } = await start()
    second.client.disconnect()
    bob.type('received by the first alone, ')
    await world.advance(1_000)
    first.client.disconnect()
    first.type('and built on')
    await world.advance(1_000)
    expect(second.text).toBe('received by the first alone, and built on')
    // What it has seen on the device is no proof of what the log holds. [C2]
    expect(second.document.status.seq).toBe(0)
    second.client.connect()
    await world.settle()
    expect(second.document.status).toMatchObject({ connection: 'live', edits: 'saved', error: null })
    expect(second.text).toBe(bob.text)
  })

  test('[LIN2] one that has met no relay sends nothing that another page has sent meanwhile', async () => {
    const world = createWorld()
    const first = world.device()
    const second = world.device({ store: first.store })
    for (const device of [first, second]) device.client.disconnect()
    first.type('sent by the first')
    await world.advance(100)
    expect(second.document.status).toMatchObject({ unsaved: 1, seq: null })
    first.client.connect()
    await world.settle()
    expect(first.document.status.edits).toBe('saved')
    await world.advance(2 * lookMs)
    // It may be in a history that is no more by the time at which this page meets the relay.
    expect(second.document.status).toMatchObject({ unsaved: 0, seq: 1 })
    expect(second.text).toBe('sent by the first')
  })

  test('[LIN2] one that has met no relay takes the history of the device with its edits', async () => {
    const world = createWorld()
    const first = world.device()
    const second = world.device({ store: first.store })
    second.client.disconnect()
    first.type('stored ')
    await world.settle()
    first.client.disconnect()
    first.type('left')
    await world.advance(1_000)
    expect(second.text).toBe('stored left')
    const { lineage } = (await first.store.load('notes')) ?? {}
    expect(lineage).not.toBeNull()
    second.type('!')
    await world.advance(1_000)
    expect(second.store.changes.at(-1)?.lineage).toBe(lineage)
  })
})

test('[LIN2] a page that slept asks the device whether there is a history by now, before it asks a relay', async () => {
  const world = createWorld()
  const inner = createMemoryStore()
  const sleeper = world.device({ store: createFaultyStore(inner) })
  sleeper.client.disconnect()
  sleeper.type('written before there was any history')
  await world.settle()
  // It sleeps: it does not look, and hears nothing.
  sleeper.store.loadOutbox = () => new Promise(() => {})
  const second = world.device({ store: createFaultyStore(inner) })
  await world.settle()
  expect(second.document.status.edits).toBe('saved')
  second.kill()
  // The relay loses its disk, and with it the history that has the edit.
  await world.restart(createWorld({ seed: 99 }).logStore)
  const bob = world.device()
  await world.settle()
  sleeper.client.connect()
  await world.settle()
  expect(sleeper.codes).toEqual(['replica/set-aside'])
  expect([sleeper.text, bob.text]).toEqual(['', ''])
})

test('[LIN2] one that slept on edits of another page asks the device just so', async () => {
  const world = createWorld()
  const inner = createMemoryStore()
  const author = world.device({ store: createFaultyStore(inner) })
  const sleeper = world.device({ store: createFaultyStore(inner) })
  for (const device of [author, sleeper]) device.client.disconnect()
  author.type('written before there was any history')
  await world.advance(handOverMs)
  expect(sleeper.text).toBe('written before there was any history')
  // It sleeps: it does not look, and hears nothing.
  sleeper.store.loadOutbox = () => new Promise(() => {})
  author.client.connect()
  await world.settle()
  expect(author.document.status.edits).toBe('saved')
  author.kill()
  await world.restart(createWorld({ seed: 99 }).logStore)
  const bob = world.device()
  await world.settle()
  sleeper.client.connect()
  await world.settle()
  expect(sleeper.codes).toEqual(['replica/set-aside'])
  expect([sleeper.text, bob.text]).toEqual(['', ''])
})

test('[C2] a relay that was told of no cursor before the device was read is asked again with the one read', async () => {
  const relay = new ScriptedRelay()
  const world = createWorld({ accept: relay.accept })
  const store = createFaultyStore(createMemoryStore())
  const lineage = 'a'.repeat(32)
  const cursor = { lineage, seq: 1, check: '1'.padStart(32, '0') }
  const updates = [{ update: createAuthor().write('stored'), version: 1 }] as const
  const own = { kind: 'append', lineage, incarnation: null, edits: [], acked: [] } as const
  await store.write('notes', { ...own, updates, move: { after: null, cursor } })
  const { load } = store
  let read = (): void => {}
  store.load = (id) => new Promise((resolve) => (read = () => resolve(load(id))))
  relay.answer = null
  world.device({ store })
  await world.advance(6_000)
  expect(relay.got('open').map(({ cursor: told }) => told)).toEqual([null])
  read()
  await world.flush()
  expect(relay.got('open').at(-1)?.cursor).toEqual(cursor)
})

describe('[SIB3] a device that is wiped under its pages', () => {
  /** All is gone, as when a browser evicts it: the next call makes everything anew. */
  async function startOnWipeable() {
    let inner = createMemoryStore()
    const through: ReplicaStore = {
      ...inner,
      load: (document) => inner.load(document),
      loadOutbox: (document, known) => inner.loadOutbox(document, known),
      write: (document, change) => inner.write(document, change),
    }
    const world = createWorld()
    const alice = world.device({ store: createFaultyStore(through) })
    await world.settle()
    const wipe = (): void => void (inner = createMemoryStore())
    return { world, alice, wipe }
  }

  test('is given everything again, edits that are not sent as such', async () => {
    const { world, alice, wipe } = await startOnWipeable()
    alice.type('saved ')
    await world.settle()
    alice.client.disconnect()
    alice.type('unsent')
    await world.settle()
    wipe()
    await world.advance(handOverMs)
    expect(alice.document.status.edits).toBe('on-device')
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('saved unsent')
    expect(alice.document.status).toMatchObject({ edits: 'on-device', unsaved: 1, seq: 1 })
  })

  test('is noticed by the next write, before anything builds on what is gone', async () => {
    const { world, alice, wipe } = await startOnWipeable()
    alice.client.disconnect()
    alice.type('one ')
    await world.advance(100)
    wipe()
    alice.type('two')
    await world.advance(100)
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('one two')
    expect(alice.document.status).toMatchObject({ unsaved: 1 })
  })

  test('is noticed by a page that holds nothing but the edits of another', async () => {
    const { world, alice, wipe } = await startOnWipeable()
    alice.client.disconnect()
    const author = world.device({ store: createFaultyStore(alice.store) })
    author.client.disconnect()
    author.type('left behind')
    await world.advance(handOverMs)
    author.kill()
    expect(alice.text).toBe('left behind')
    wipe()
    await world.advance(handOverMs)
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('left behind')
    expect(alice.document.status).toMatchObject({ edits: 'on-device', unsaved: 1 })
  })

  test('and given a history by another page, costs one that had met no relay nothing', async () => {
    // What the device did not hold any more was taken for sent: it vanished, and was called saved.
    const { world, alice, wipe } = await startOnWipeable()
    const author = world.device({ store: alice.store, document: 'other' })
    const second = world.device({ store: alice.store, document: 'other' })
    for (const { client } of [author, second]) client.disconnect()
    author.type('left behind')
    await world.advance(2 * lookMs)
    author.kill()
    expect(second.document.status).toMatchObject({ edits: 'on-device', unsaved: 1, seq: null })
    wipe()
    world.device({ store: alice.store, document: 'other' }).type('new')
    await world.advance(100)
    expect((await alice.store.load('other'))?.lineage).toBeTruthy()
    second.client.connect()
    await world.settle()
    expect(second.document.status).toMatchObject({ edits: 'saved', unsaved: 0 })
    expect(second.text).toContain('left behind')
    expect(second.text).toContain('new')
  })

  test('after a write that failed, is given everything before a document is closed', async () => {
    const { world, alice, wipe } = await startOnWipeable()
    alice.type('one ')
    await world.settle()
    alice.store.fail()
    alice.type('two')
    await world.settle()
    expect(alice.document.status.error?.code).toBe('store/failed')
    alice.store.mend()
    wipe()
    await alice.client.close()
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('one two')
  })
})

test.each([
  { others: pagesMax - 2, adopted: 0 },
  { others: pagesMax - 1, adopted: 1 },
])(
  '[S13] of $others pages heard of before a living one, so many edits of that are adopted: $adopted',
  async ({ others, adopted }) => {
    const clock = new ManualClock()
    const outbox = [{ tab: 'living', number: 1, update: createAuthor().write('x') }]
    let adoptions = 0
    const watch = createStoreWatch({
      document: 'notes',
      tab: 'own',
      clock,
      store: { loadOutbox: () => Promise.resolve({ lineage: null, incarnation: 1, outbox }) },
      isLive: () => true,
      hasUnsent: () => false,
      lineage: () => null,
      incarnation: () => 1,
      tell() {},
      adopt: () => ++adoptions > 0,
      reload() {},
      wiped() {},
    })
    watch.start()
    for (let i = 0; i < 6; i++) {
      for (let page = 0; page < others; page++) watch.heard(`page ${page}`)
      watch.heard('living')
      await clock.advance(lookMs)
    }
    watch.stop()
    expect(adoptions > 0 ? 1 : 0).toBe(adopted)
  },
)
