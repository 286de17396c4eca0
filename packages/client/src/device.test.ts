import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { createMemoryStore } from './store/memory-store.ts'
import { createFaultyStore } from './testing/faulty-store.ts'
import { createAuthor, ScriptedRelay } from './testing/scripted-relay.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

/** A device without a connection. */
async function offline(): Promise<{ world: World; alice: Device }> {
  const world = createWorld()
  const alice = world.device()
  alice.client.disconnect()
  await world.settle()
  return { world, alice }
}

async function live(): Promise<{ relay: ScriptedRelay; world: World; alice: Device }> {
  const relay = new ScriptedRelay()
  const world = createWorld({ accept: relay.accept })
  const alice = world.device()
  await world.flush()
  return { relay, world, alice }
}

const edits = (device: Device) => device.document.status.edits

describe('[STA1] the status and the device', () => {
  test('"on-device" is said only after the storage transaction completed', async () => {
    const { world, alice } = await offline()
    alice.store.hold()
    alice.type('a')
    expect(edits(alice)).toBe('in-memory')
    await world.advance(1000)
    expect(edits(alice)).toBe('in-memory')
    alice.store.release()
    await world.flush()
    expect(edits(alice)).toBe('on-device')
    alice.type('b')
    expect(edits(alice)).toBe('in-memory')
  })

  test('an edit is in the store within 50 ms', async () => {
    const { world, alice } = await offline()
    alice.type('a')
    await world.advance(20)
    expect(edits(alice)).toBe('on-device')
    alice.reload()
    await alice.document.loaded
    expect(alice.text).toBe('a')
  })

  test('with a store that does not outlive the page it is never said', async () => {
    const world = createWorld()
    const alice = world.device({ store: createFaultyStore(createMemoryStore(), false) })
    alice.client.disconnect()
    alice.type('a')
    await world.settle()
    expect(edits(alice)).toBe('in-memory')
  })

  test('"saved" is not said before the device has been read: it may hold edits', async () => {
    const { world, alice } = await offline()
    alice.type('a')
    await world.settle()
    alice.reload()
    expect(alice.document.status).toMatchObject({ loaded: false, edits: 'on-device' })
  })

  test('the same object is given until something changes, and subscribers hear of each change once per turn', async () => {
    const { world, alice } = await offline()
    const before = alice.document.status
    expect(alice.document.status).toBe(before)
    let told = 0
    alice.document.subscribe(() => told++)
    alice.type('a')
    alice.type('b')
    expect(alice.document.status).not.toBe(before)
    expect(told).toBe(0)
    await world.flush()
    expect(told).toBe(1)
    await world.advance(30)
    expect(told).toBe(2)
    await world.advance(1000)
    expect(told).toBe(2)
  })
})

describe('[ACK2] saved() and the device', () => {
  test('what an earlier page left counts, though it is not read yet', async () => {
    const { relay, world, alice } = await live()
    alice.type('a')
    await world.settle()
    relay.answer = { resume: { kind: 'tail' }, head: 0 }
    const { load } = alice.store
    let answer = (): void => {}
    alice.store.load = (id) => new Promise((resolve) => (answer = () => resolve(load(id))))
    alice.reload()
    let isSaved = false
    void alice.document.saved().then(() => (isSaved = true))
    await world.flush()
    expect(isSaved).toBe(false)
    answer()
    await world.settle()
    expect(isSaved).toBe(false)
    relay.ack(1, 1, 1)
    await world.flush()
    expect(isSaved).toBe(true)
  })
})

describe('writing to the device', () => {
  test('at once when the page is hidden, and for every edit while it is', async () => {
    const { world, alice } = await offline()
    alice.type('a')
    alice.environment.tell('hidden')
    await world.flush()
    expect(edits(alice)).toBe('on-device')
    alice.type('b')
    await world.flush()
    expect(edits(alice)).toBe('on-device')
    alice.environment.tell('shown')
    alice.type('c')
    await world.flush()
    expect(edits(alice)).toBe('in-memory')
  })

  test('edits of one interval are one transaction, and one transaction is under way at a time', async () => {
    const { world, alice } = await offline()
    alice.store.changes.length = 0
    alice.store.hold()
    for (const letter of 'hello') alice.type(letter)
    await world.advance(30)
    alice.type('!')
    await world.advance(1000)
    alice.environment.tell('hidden')
    alice.type('?')
    await world.flush()
    expect(alice.store.underWay).toBe(1)
    alice.store.release()
    await world.advance(1000)
    expect(alice.store.changes.map(({ edits: { length } }) => length)).toEqual([1, 1])
  })

  // The second close was done at once, and the third opening waited for that one only. Found by a simulation.
  test('[C3] opened, closed and opened again while the first one still stores: it waits for the first', async () => {
    const { world, alice } = await offline()
    alice.store.hold()
    alice.type('a')
    await world.advance(100)
    alice.type('b')
    const closing = alice.document.close()
    void alice.client.open('notes').close()
    await world.flush()
    const third = alice.client.open('notes')
    await world.flush()
    alice.store.release()
    await closing
    await world.settle()
    expect(third.doc.getText('t').toString()).toBe('ab')
  })

  test('[C1] entries and cursor are one change, from the seq directly before', async () => {
    const { relay, world, alice } = await live()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'))
    await world.advance(200)
    relay.entries(2, bob.write('b'), bob.write('c'))
    await world.advance(200)
    const moves = alice.store.changes.flatMap((change) =>
      change.kind === 'append' && change.move ? [change] : [],
    )
    expect(moves.map(({ move, updates }) => [move?.after?.seq, move?.cursor.seq, updates.length])).toEqual([
      [0, 1, 1],
      [1, 3, 1],
    ])
  })

  test('[C1] an own edit and the cursor it moved are stored together', async () => {
    const { relay, world, alice } = await live()
    alice.type('a')
    await world.advance(100)
    relay.ack(1, 1, 1)
    await world.advance(200)
    const stored = await alice.store.load('notes')
    expect(stored).toMatchObject({ cursor: { seq: 1 }, outbox: [], updates: [{}] })
  })

  test('[C1] after a failed transaction the cursor is stored only with the whole document', async () => {
    const { relay, world, alice } = await live()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'))
    await world.advance(200)
    alice.store.fail()
    relay.entries(2, bob.write('b'))
    await world.advance(300)
    expect(alice.document.status.error).toMatchObject({ code: 'store/failed' })
    alice.store.mend()
    relay.entries(3, bob.write('c'))
    await world.advance(5000)
    expect(alice.store.changes.at(-1)).toMatchObject({ kind: 'whole', cursor: { seq: 3 } })
    expect(alice.document.status.error).toBeNull()
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('abc')
    expect(alice.codes).toEqual(['store/failed'])
  })

  test('[C1] a store whose cursor does not follow is given the whole', async () => {
    const { relay, world, alice } = await live()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'), bob.write('b'))
    await world.advance(200)
    // Another tab, which was behind, has written everything anew.
    const state = { update: encodeStateAsUpdate(new Doc()), version: 1 } as const
    const own = { lineage: null, incarnation: null, edits: [], acked: [] }
    const cursor = { lineage: 'a'.repeat(32), seq: 1, check: '1'.padStart(32, '0') }
    await alice.store.write('notes', { kind: 'whole', ...own, state, contained: [], cursor })
    relay.entries(3, bob.write('c'))
    await world.advance(1000)
    expect(await alice.store.load('notes')).toMatchObject({ cursor: { seq: 3 } })
    expect(alice.store.changes.at(-1)?.kind).toBe('whole')
  })

  test('a document is written anew when half as much has come to it, not because it is opened', async () => {
    const { relay, world, alice } = await live()
    const bob = createAuthor()
    const kinds = (): readonly string[] => alice.store.changes.map(({ kind }) => kind)
    relay.entries(1, bob.write('a'.repeat(400_000)))
    await world.advance(200)
    relay.entries(2, bob.write('b'.repeat(150_000)))
    await world.advance(200)
    expect(kinds()).not.toContain('whole')
    relay.entries(3, bob.write('c'.repeat(60_000)))
    await world.advance(200)
    relay.entries(4, bob.write('d'))
    await world.advance(200)
    expect(kinds().at(-1)).toBe('whole')
    expect((await alice.store.load('notes'))?.updates).toHaveLength(1)
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    alice.type('e')
    await world.settle()
    expect(kinds().at(-1)).toBe('append')
  })

  test('while the store fails edits go on in memory and are sent; when it recovers they are on the device', async () => {
    const { relay, world, alice } = await live()
    alice.store.fail()
    alice.type('a')
    await world.settle()
    expect(relay.got('push')).toHaveLength(1)
    relay.hangUp()
    relay.answer = null
    await world.advance(100)
    alice.type('b')
    await world.settle()
    expect(edits(alice)).toBe('in-memory')
    alice.store.mend()
    await world.settle()
    expect(edits(alice)).toBe('on-device')
    alice.reload()
    await alice.document.loaded
    expect(alice.text).toBe('ab')
  })

  test('an edit that was acknowledged before it could be stored does not stay in the outbox', async () => {
    const { relay, world, alice } = await live()
    alice.store.hold()
    alice.type('a')
    await world.advance(30)
    relay.ack(1, 1, 1)
    await world.flush()
    expect(edits(alice)).toBe('saved')
    alice.store.release()
    await world.advance(1000)
    expect(await alice.store.load('notes')).toMatchObject({ outbox: [], cursor: { seq: 1 } })
  })

  test('an edit acknowledged while its write fails is not written to the outbox afterwards', async () => {
    const { relay, world, alice } = await live()
    alice.store.hold()
    alice.type('a')
    await world.advance(30)
    relay.ack(1, 1, 1)
    await world.flush()
    alice.store.fail()
    alice.store.release()
    await world.advance(10)
    alice.store.mend()
    await world.settle()
    expect(await alice.store.load('notes')).toMatchObject({ outbox: [] })
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('a')
  })

  test('many records become one', async () => {
    const { relay, world, alice } = await live()
    const bob = createAuthor()
    for (let seq = 1; seq <= 450; seq++) {
      relay.entries(seq, bob.write('x'))
      await world.advance(110)
    }
    const stored = await alice.store.load('notes')
    expect(stored?.updates.length).toBeLessThan(100)
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toHaveLength(450)
    expect(alice.document.status.seq).toBe(450)
  })

  test('close() stores what is not stored yet, and what follows finds it', async () => {
    const { world, alice } = await offline()
    alice.store.hold()
    alice.type('a')
    await world.advance(30)
    alice.type('b')
    const closed = alice.document.close()
    const again = alice.client.open('notes')
    alice.store.release()
    await closed
    await again.loaded
    await world.flush()
    expect(again.doc.getText('t').toString()).toBe('ab')
    expect(again).not.toBe(alice.document)
  })
})

describe('reading from the device', () => {
  test('the document can be edited before it is loaded, and both are in it', async () => {
    const { world, alice } = await offline()
    alice.type('stored')
    await world.settle()
    alice.reload()
    alice.type('typed ', 0)
    expect(alice.document.status.loaded).toBe(false)
    await world.settle()
    expect(alice.document.status.loaded).toBe(true)
    expect(alice.text).toContain('stored')
    expect(alice.text).toContain('typed')
    alice.client.connect()
    await world.settle()
    expect(edits(alice)).toBe('saved')
  })

  test('a device that cannot be read is told, does not keep the document from syncing, and is read later', async () => {
    const { world, alice } = await offline()
    alice.type('stored ')
    await world.settle()
    alice.store.fail()
    alice.reload()
    await world.flush()
    await alice.document.loaded
    expect(alice.document.status).toMatchObject({ loaded: true, error: { code: 'store/failed' } })
    alice.type('typed ')
    await world.settle()
    expect(edits(alice)).toBe('saved')
    alice.store.mend()
    await world.settle()
    await world.settle()
    expect(alice.text).toContain('stored')
    expect(alice.document.status).toMatchObject({ edits: 'saved', error: null })
  })

  test('a device that does not answer is not waited for for ever', async () => {
    const { world, alice } = await offline()
    alice.type('stored ')
    await world.settle()
    const stored = await alice.store.load('notes')
    let answer: (() => void) | null = null
    const load = () => new Promise<typeof stored>((resolve) => (answer = () => resolve(stored)))
    const slow = world.device({
      store: { ...alice.store, page: () => ({ store: { ...alice.store, load }, kill() {} }) },
    })
    await world.advance(4900)
    expect(slow.document.status).toMatchObject({ loaded: false, connection: 'connecting' })
    await world.advance(200)
    expect(slow.document.status).toMatchObject({ loaded: false, connection: 'live' })
    slow.type('typed ')
    await world.settle()
    expect(slow.document.status.edits).toBe('saving')
    ;(answer as (() => void) | null)?.()
    await world.settle()
    expect(slow.text).toContain('stored')
    expect(slow.document.status).toMatchObject({ loaded: true, edits: 'saved' })
  })

  test('[C5] a device that was wiped begins anew: no cursor without data', async () => {
    const { relay, world, alice } = await live()
    relay.entries(1, createAuthor().write('a'))
    await world.settle()
    const fresh = world.device()
    await world.flush()
    expect(relay.got('open').at(-1)?.cursor).toBeNull()
    void [alice, fresh]
  })

  test('a device that was rolled back claims no more than it holds, and catches up', async () => {
    const world = createWorld()
    const bob = world.device()
    const alice = world.device()
    bob.type('one ')
    await world.settle()
    const before = await alice.store.load('notes')
    bob.type('two ')
    alice.type('three ')
    await world.settle()
    const rolledBack = createFaultyStore(createMemoryStore())
    const { cursor, updates } = before ?? { cursor: null, updates: [] }
    const own = { lineage: cursor?.lineage ?? null, incarnation: null, edits: [], acked: [] }
    if (cursor)
      await rolledBack.write('notes', { kind: 'append', ...own, updates, move: { after: null, cursor } })
    const restored = world.device({ store: rolledBack })
    await restored.document.loaded
    expect(restored.text).toBe('one ')
    await world.settle()
    expect(restored.text).toBe(bob.text)
    restored.type('!')
    await world.settle()
    expect(bob.text).toBe(restored.text)
  })

  test('[C4] with something pending in what is stored, only the lineage is claimed', async () => {
    const relay = new ScriptedRelay()
    const world = createWorld({ accept: relay.accept })
    const bob = createAuthor()
    const [a, b] = [bob.write('a'), bob.write('b')]
    const store = createFaultyStore(createMemoryStore())
    const cursor = { lineage: 'a'.repeat(32), seq: 2, check: '2'.padStart(32, '0') }
    const own = { lineage: cursor.lineage, incarnation: null, edits: [], acked: [] }
    const updates = [{ update: b, version: 1 }] as const
    await store.write('notes', { kind: 'append', ...own, updates, move: { after: null, cursor } })
    relay.answer = { resume: { kind: 'tail' }, head: 2 }
    const alice = world.device({ store })
    await world.flush()
    expect(relay.got('open')[0]?.cursor).toMatchObject({ lineage: cursor.lineage, seq: 0 })
    relay.entries(1, a, b)
    await world.flush()
    expect(alice.text).toBe('ab')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 2 })
  })

  test('a stored update on which Yjs throws leads to a rebuild from the relay', async () => {
    const world = createWorld()
    const bob = world.device()
    bob.type('hello')
    await world.settle()
    const store = createFaultyStore(createMemoryStore())
    const { lineage: of, cursor } = (await bob.store.load('notes')) ?? { lineage: null, cursor: null }
    const updates = [{ update: encodeStateAsUpdate(bob.document.doc).slice(0, -3), version: 1 }] as const
    if (cursor)
      await store.write('notes', {
        kind: 'append',
        lineage: of,
        incarnation: null,
        edits: [],
        acked: [],
        updates,
        move: { after: null, cursor },
      })
    const alice = world.device({ store })
    await world.settle()
    expect(alice.text).toBe('hello')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 2 })
    expect(alice.codes).toContain('replica/rebuilt')
    alice.reload()
    alice.client.disconnect()
    await world.settle()
    expect(alice.text).toBe('hello')
  })
})

describe('two tabs on one device', () => {
  test('one sends what the other left behind, and both agree', async () => {
    const world = createWorld()
    const first = world.device()
    first.client.disconnect()
    first.type('left behind ')
    await world.settle()
    const second = world.device({ store: first.store })
    await world.settle()
    expect(second.document.status).toMatchObject({ edits: 'saved' })
    first.client.connect()
    await world.settle()
    expect(first.document.status).toMatchObject({ edits: 'saved' })
    first.type('first ')
    second.type('second ')
    await world.settle()
    expect(first.text).toBe(second.text)
    expect(first.text.match(/left behind/g)).toHaveLength(1)
    expect(await first.store.load('notes')).toMatchObject({ outbox: [] })
  })

  test('both store the same entries without rewriting the document each time', async () => {
    const world = createWorld()
    const first = world.device()
    const second = world.device({ store: first.store })
    const bob = world.device()
    await world.settle()
    for (let i = 0; i < 40; i++) {
      bob.type('x')
      await world.advance(37)
      if (i % 3 === 0) first.type('1')
      if (i % 5 === 0) second.type('2')
      await world.advance(90)
    }
    await world.settle()
    const wholes = first.store.changes.filter(({ kind }) => kind === 'whole')
    expect(wholes.length).toBeLessThan(3)
    const reader = world.device({ store: first.store })
    reader.client.disconnect()
    await reader.document.loaded
    expect(reader.text).toBe(bob.text)
    expect(reader.document.status.seq).toBe(bob.document.status.seq)
  })

  test('[LIN2] when one finds another history, the other follows, and nothing unsent of either is lost', async () => {
    const world = createWorld()
    const first = world.device()
    const second = world.device({ store: first.store })
    first.type('old ')
    await world.settle()
    world.stop()
    first.type('FIRST ')
    second.type('SECOND ')
    await world.advance(1000)
    world.start(createWorld({ seed: 99 }).logStore)
    const bob = world.device()
    bob.type('new')
    await world.settle()
    expect([first.text, second.text]).toEqual(['new', 'new'])
    const texts: string[] = []
    for (const { id } of await first.client.listAside()) {
      const update = (await first.client.readAside(id)) ?? new Uint8Array([0, 0])
      const doc = new Doc()
      applyUpdate(doc, update)
      texts.push(doc.getText('t').toString())
    }
    expect(texts.join()).toContain('FIRST')
    expect(texts.join()).toContain('SECOND')
    const reader = world.device({ store: first.store })
    await world.settle()
    expect(reader.text).toBe('new')
  })
})
