import type { TidemarkError } from '@tidemark/base'
import { createMemoryLog } from '@tidemark/log'
import { digest } from '@tidemark/updates'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { replacementsMax } from './limits.ts'
import { createMemoryStore } from './store/memory-store.ts'
import { createFaultyStore } from './testing/faulty-store.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

function fingerprint({ document }: Device): string {
  return Buffer.from(digest(document.doc) ?? []).toString('hex')
}

async function coldText(world: World): Promise<string> {
  const cold = world.device()
  await world.settle()
  return cold.text
}

describe('offline', () => {
  test('1,000 edits on each side, one of them reloaded meanwhile, converge and are saved', async () => {
    const world = createWorld()
    const [alice, bob] = [world.device(), world.device()]
    alice.type('begin ')
    await world.settle()
    world.stop()
    await world.advance(1000)
    for (let i = 0; i < 1000; i++) {
      alice.type(`a${i} `)
      if (i % 3 === 0) bob.delete(0, 1)
      else bob.type(`b${i} `, 0)
      if (i % 100 === 99) await world.advance(50)
      if (i === 500) alice.reload()
    }
    await world.advance(1000)
    const saved = alice.document.saved()
    expect(alice.document.status).toMatchObject({ connection: 'offline', edits: 'on-device' })
    expect(alice.text).toContain('a0 ')
    world.start()
    await world.settle()
    await saved
    expect(alice.text).toBe(bob.text)
    expect(fingerprint(alice)).toBe(fingerprint(bob))
    expect(await coldText(world)).toBe(bob.text)
    expect(alice.codes).toEqual([])
  })
})

describe('a relay with an older copy of its log', () => {
  test('[R3] gets back what it lost, also what others wrote, and nothing doubles', async () => {
    const world = createWorld()
    const [alice, bob] = [world.device(), world.device()]
    alice.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    bob.type('two ')
    await world.settle()
    alice.type('three ')
    alice.delete(0, 1)
    await world.settle()
    const text = alice.text
    // Bob is gone for good: only Alice can give back what he wrote.
    bob.network.isDown = true
    bob.network.cut()
    bob.client.disconnect()
    await world.restart(backup)
    await world.settle()
    expect(alice.text).toBe(text)
    expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved', error: null })
    expect(await coldText(world)).toBe(text)
    alice.type('four')
    await world.settle()
    expect(await coldText(world)).toBe(`${text}four`)
    expect(alice.codes).toEqual([])
  })

  test('[C6] a device that is read after the relay, and holds what the log has lost, is found out at once', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    alice.type('lost ')
    await world.settle()
    world.stop()
    alice.store.fail()
    alice.reload()
    world.start(backup)
    await world.settle()
    alice.type('two ')
    await world.settle()
    alice.store.mend()
    await world.settle()
    await world.settle()
    expect(alice.codes).toContain('replica/rebuilt')
    expect(alice.text).toBe(await coldText(world))
    expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved' })
    const [aside] = await alice.client.listAside()
    expect(await readAside(alice, aside?.id)).toContain('lost')
  })

  test('[R3] the proof of the loss is kept until the log has taken everything back', async () => {
    const world = createWorld({ delayMs: () => 50 })
    const [alice, bob] = [world.device(), world.device()]
    alice.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    bob.type('two ')
    await world.settle()
    world.stop()
    bob.client.disconnect()
    world.start(backup)
    for (let times = 0; times < 3; times++) {
      while (alice.document.status.connection !== 'catching-up') await world.advance(10)
      // The relay has asked for what it lost; what is on its way now does not arrive.
      alice.network.cut()
      await world.flush()
    }
    await world.settle()
    expect(await coldText(world)).toBe('one two ')
  })

  test('[R3] who may only read keeps the proof of the loss on the device, and gives back when writing is allowed', async () => {
    let access: 'read' | 'write' = 'write'
    const world = createWorld({ authorize: ({ token }) => ({ principal: token || 'cold', access }) })
    const alice = world.device({ token: 'alice' })
    const bob = world.device({ token: 'bob' })
    bob.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    bob.type('two ')
    await world.settle()
    bob.kill()
    access = 'read'
    await world.restart(backup)
    await world.settle()
    expect(alice.document.status).toMatchObject({ connection: 'live', access: 'read', seq: 1 })
    // What comes from the log meanwhile is stored without a cursor.
    access = 'write'
    const carol = world.device({ token: 'carol' })
    await world.advance(1_000)
    for (const text of ['three ', 'more ']) {
      carol.type(text, 0)
      await world.advance(1_000)
    }
    expect(alice.store.changes.at(-1)).toMatchObject({ kind: 'append', move: null, updates: [{}] })
    expect(await alice.store.load('notes')).toMatchObject({ cursor: { seq: 2 } })
    expect(carol.text).toBe('more three one ')
    alice.reload()
    await world.settle()
    expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved', error: null })
    expect(carol.text).toBe('more three one two ')
    expect(await coldText(world)).toBe(carol.text)
    expect(alice.codes).toEqual([])
  })

  test('[R3] access that changes to writing is enough for that', async () => {
    let access: 'read' | 'write' = 'write'
    const world = createWorld({ authorize: ({ token }) => ({ principal: token || 'cold', access }) })
    const alice = world.device({ token: 'alice' })
    const bob = world.device({ token: 'bob' })
    bob.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    bob.type('two ')
    await world.settle()
    bob.kill()
    access = 'read'
    await world.restart(backup)
    await world.settle()
    access = 'write'
    world.relay.reauthorize()
    await world.settle()
    expect(alice.document.status).toMatchObject({ connection: 'live', access: 'write', edits: 'saved' })
    expect(await coldText(world)).toBe('one two ')
    expect(alice.codes).toEqual([])
  })

  test('[ACK3] an edit made while the log is behind is not lost either', async () => {
    const world = createWorld()
    const [alice, bob] = [world.device(), world.device()]
    alice.type('one ')
    await world.settle()
    const backup = world.logStore.copy()
    alice.type('two ')
    await world.settle()
    world.stop()
    alice.type('three ')
    bob.type('four ')
    world.start(backup)
    await world.settle()
    expect(alice.text).toBe(bob.text)
    expect([...alice.text.split(' ')].sort()).toEqual(['', 'four', 'one', 'three', 'two'])
    expect(await coldText(world)).toBe(alice.text)
  })
})

describe('[LIN2] a relay with another history under the same name', () => {
  const emptyLog = () => createMemoryLog().store

  test('a replica that was acknowledged in full is kept aside: it may be the only copy left', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('old')
    await world.settle()
    await world.restart(emptyLog())
    const bob = world.device()
    bob.type('new')
    await world.settle()
    expect(alice.text).toBe('new')
    expect(bob.text).toBe('new')
    expect(alice.document.status).toMatchObject({
      generation: 2,
      connection: 'live',
      edits: 'saved',
      error: null,
    })
    expect(alice.codes).toEqual(['replica/set-aside'])
    const [aside] = await alice.client.listAside()
    expect(await readAside(alice, aside?.id)).toBe('old')
    alice.reload()
    alice.client.disconnect()
    await world.settle()
    expect(alice.text).toBe('new')
    expect(await alice.client.listAside()).toHaveLength(1)
  })

  test('a replica of which only deletions are left is kept aside', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('old')
    alice.delete(0, 3)
    await world.settle()
    await world.restart(emptyLog())
    await world.settle()
    expect(alice.codes).toEqual(['replica/set-aside'])
    expect(await alice.client.listAside()).toHaveLength(1)
  })

  // The tab that met the other history held nothing, and wiped what another tab had stored. Found by a simulation.
  test('what another tab of this device stored is kept aside by a tab that holds nothing itself', async () => {
    const world = createWorld()
    const first = world.device()
    await world.settle()
    const second = world.device({ store: first.store })
    await world.settle()
    second.client.disconnect()
    second.type('unsent')
    await world.settle()
    await world.restart(emptyLog())
    await world.settle()
    const [aside] = await first.client.listAside()
    expect(aside).toMatchObject({ document: 'notes', reason: 'other-lineage' })
    expect(await readAside(first, aside?.id)).toBe('unsent')
  })

  test('a tab whose device has moved on to another history leaves what it holds aside when it is closed', async () => {
    const world = createWorld()
    const first = world.device()
    await world.settle()
    const second = world.device({ store: first.store })
    await world.settle()
    second.client.disconnect()
    await world.restart(emptyLog())
    await world.settle()
    first.type('new')
    await world.settle()
    const stored = await first.store.load('notes')
    second.type('late')
    await world.settle()
    expect(second.document.status).toMatchObject({
      edits: 'in-memory',
      error: { code: 'document/other-lineage' },
    })
    await second.client.close()
    expect(second.codes).toEqual(['replica/set-aside'])
    const kept = await first.client.listAside()
    expect(await readAside(first, kept.at(-1)?.id)).toBe('late')
    expect(await first.store.load('notes')).toEqual(stored)
    first.reload()
    await world.settle()
    expect(first.text).toBe('new')
  })

  test('a replica that holds nothing is not kept aside', async () => {
    const world = createWorld()
    const alice = world.device()
    await world.settle()
    await world.restart(emptyLog())
    await world.settle()
    expect(alice.document.status).toMatchObject({ generation: 2, connection: 'live' })
    expect(alice.codes).toEqual(['document/other-lineage'])
    expect(await alice.client.listAside()).toEqual([])
  })

  test('what a slow device held of another history is kept aside, told, and not waited for', async () => {
    const world = createWorld()
    const store = createFaultyStore(createMemoryStore())
    const before = world.device({ store })
    before.type('old ')
    await world.settle()
    world.stop()
    before.type('unsent')
    await world.advance(1000)
    before.client.disconnect()
    let answer = (): void => {}
    const { load } = store
    store.load = (document) => new Promise((resolve) => (answer = () => resolve(load(document))))
    world.start(emptyLog())
    const after = world.device({ store })
    await world.settle()
    const outcome = after.document.saved().catch((error: TidemarkError) => error.code)
    answer()
    await world.settle()
    expect(after.codes).toEqual(['replica/set-aside'])
    expect(await outcome).toBe('replica/set-aside')
    const asides = await after.client.listAside()
    const texts = await Promise.all(asides.map(({ id }) => readAside(after, id)))
    expect(texts).toContain('old unsent')
    expect(after.text).toBe('')
  })

  test('unsent edits are kept aside with all they build on, readable, and never merged', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('old ')
    await world.settle()
    world.stop()
    alice.type('unsent')
    world.start(emptyLog())
    const bob = world.device()
    bob.type('new')
    await world.settle()
    expect(alice.text).toBe('new')
    expect(bob.text).toBe('new')
    expect(alice.codes).toContain('replica/set-aside')
    const [aside] = await alice.client.listAside()
    expect(aside).toMatchObject({ document: 'notes', reason: 'other-lineage' })
    expect(await readAside(alice, aside?.id)).toBe('old unsent')
    await alice.client.deleteAside(aside?.id ?? '')
    expect(await alice.client.listAside()).toEqual([])
    alice.type('!')
    await world.settle()
    expect(bob.text).toBe('new!')
  })

  test('[ACK2] saved() of an edit that is kept aside rejects: it will never be durable', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('old')
    await world.settle()
    world.stop()
    alice.type('unsent')
    const outcome = alice.document.saved().then(
      () => 'saved',
      (error: TidemarkError) => error.code,
    )
    world.start(emptyLog())
    await world.settle()
    expect(await outcome).toBe('replica/set-aside')
    await alice.document.saved()
  })

  test('an unsent edit that would fit to any history is not merged into another', async () => {
    const world = createWorld()
    const [alice, carol] = [world.device(), world.device()]
    carol.type('old')
    await world.settle()
    world.stop()
    alice.document.doc.getMap('m').set('unsent', true)
    world.start(emptyLog())
    const bob = world.device()
    bob.type('new')
    await world.settle()
    for (const { document } of [alice, bob]) expect(document.doc.getMap('m').size).toBe(0)
    expect(await alice.client.listAside()).toHaveLength(1)
  })

  test('a page that dies in the middle loses nothing: the next one sets aside what this one had', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('old ')
    await world.settle()
    world.stop()
    alice.type('unsent')
    await world.advance(1000)
    world.start(emptyLog())
    const bob = world.device()
    bob.type('new')
    await world.flush()
    alice.store.hold()
    for (let i = 0; i < 300 && alice.text !== 'new'; i++) await world.advance(100)
    expect(alice.text).toBe('new')
    alice.reload()
    alice.store.release()
    await world.settle()
    expect(alice.text).toBe('new')
    const asides = await alice.client.listAside()
    const texts = await Promise.all(asides.map(({ id }) => readAside(alice, id)))
    expect(texts).toContain('old unsent')
  })

  test('histories that change while the store fails are kept aside one by one', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('first')
    await world.settle()
    alice.store.fail()
    for (const text of ['second', 'third']) {
      await world.restart(emptyLog())
      await world.settle()
      alice.type(text)
      await world.settle()
    }
    alice.store.mend()
    await world.settle()
    const asides = await alice.client.listAside()
    const texts = await Promise.all(asides.map(({ id }) => readAside(alice, id)))
    expect(texts.sort()).toEqual(['first', 'second'])
    expect(alice.text).toBe('third')
  })

  test('so many of them wait; beyond, those in the middle go, not the first nor the last', async () => {
    const world = createWorld()
    const alice = world.device()
    alice.type('0')
    await world.settle()
    alice.store.fail()
    for (let n = 1; n <= replacementsMax + 1; n++) {
      await world.restart(emptyLog())
      await world.settle()
      alice.type(`${n}`)
      await world.settle()
    }
    alice.store.mend()
    await world.settle()
    const asides = await alice.client.listAside()
    const texts = await Promise.all(asides.map(({ id }) => readAside(alice, id)))
    const all = Array.from({ length: replacementsMax + 1 }, (_, n) => `${n}`)
    expect(texts.sort()).toEqual(all.filter((n) => n !== '1').sort())
  })

  test('[LIN1] a replica that has never met a relay adopts the lineage it finds', async () => {
    const world = createWorld()
    const bob = world.device()
    bob.type('theirs ')
    await world.settle()
    world.stop()
    const alice = world.device()
    alice.network.isDown = true
    alice.type('mine ')
    await world.advance(1000)
    alice.reload()
    world.start()
    await world.settle()
    expect(alice.text).toBe(bob.text)
    expect(alice.text).toContain('mine')
    expect(alice.codes).toEqual([])
  })
})

async function readAside(device: Device, id = ''): Promise<string> {
  const update = await device.client.readAside(id)
  const doc = new Y.Doc()
  if (update) Y.applyUpdate(doc, update)
  return doc.getText('t').toString()
}
