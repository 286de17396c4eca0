import { expect, test } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import { createAwareness } from './awareness.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

async function pair(): Promise<{ world: World; alice: Device; bob: Device }> {
  const world = createWorld()
  const [alice, bob] = [world.device(), world.device()]
  await world.flush()
  return { world, alice, bob }
}

const seenBy = ({ document }: Device) => [...document.presence.getSnapshot()]

test('[PRE1] a state reaches the others under the own id, and never comes back as somebody', async () => {
  const { world, alice, bob } = await pair()
  alice.document.presence.set({ name: 'Alice' })
  await world.flush()
  expect(alice.document.presence.id).toBe(alice.document.doc.clientID)
  expect(seenBy(bob)).toEqual([[alice.document.doc.clientID, { name: 'Alice' }]])
  expect(seenBy(alice)).toEqual([])
})

test('[PRE3] of many states in one turn one is sent, and none when nothing changed', async () => {
  const { world, alice, bob } = await pair()
  let told = 0
  bob.document.presence.subscribe(() => told++)
  const frames = alice.network.frames.length
  for (let i = 0; i < 10; i++) alice.document.presence.set({ caret: i })
  await world.flush()
  alice.document.presence.set({ caret: 9 })
  await world.flush()
  expect(alice.network.frames.length - frames).toBe(1)
  expect(told).toBe(1)
  expect(seenBy(bob)[0]?.[1]).toEqual({ caret: 9 })
})

test('[PRE2] the others are gone while there is no connection, and oneself is for them', async () => {
  const { world, alice, bob } = await pair()
  alice.document.presence.set({ name: 'Alice' })
  bob.document.presence.set({ name: 'Bob' })
  await world.flush()
  alice.network.isDown = true
  alice.network.cut()
  await world.flush()
  expect(seenBy(alice)).toEqual([])
  expect(seenBy(bob)).toEqual([])
  alice.network.isDown = false
  await world.settle()
  expect(seenBy(alice)).toEqual([[bob.document.doc.clientID, { name: 'Bob' }]])
  expect(seenBy(bob)).toEqual([[alice.document.doc.clientID, { name: 'Alice' }]])
})

test('null leaves', async () => {
  const { world, alice, bob } = await pair()
  alice.document.presence.set({ name: 'Alice' })
  await world.flush()
  alice.document.presence.set(null)
  await world.flush()
  expect(seenBy(bob)).toEqual([])
})

test('the snapshot is the same object until something changes', async () => {
  const { world, alice, bob } = await pair()
  const before = bob.document.presence.getSnapshot()
  await world.settle()
  expect(bob.document.presence.getSnapshot()).toBe(before)
  alice.document.presence.set({})
  await world.flush()
  expect(bob.document.presence.getSnapshot()).not.toBe(before)
})

test('at the edge of what the relay takes: one byte more is told, and the state before stays', async () => {
  const { world, alice, bob } = await pair()
  const fits = 'x'.repeat(4096 - 2)
  alice.document.presence.set(fits)
  await world.flush()
  expect(seenBy(bob)[0]?.[1]).toBe(fits)
  alice.document.presence.set(`${fits}x`)
  await world.flush()
  expect(alice.codes).toEqual(['presence/too-large'])
  expect(seenBy(bob)[0]?.[1]).toBe(fits)
})

test('after the document was replaced the state stands under the new id alone', async () => {
  const { world, alice, bob } = await pair()
  alice.document.presence.set({ name: 'Alice' })
  await world.flush()
  const before = alice.document.doc.clientID
  alice.document.reset()
  await world.settle()
  expect(alice.document.doc.clientID).not.toBe(before)
  expect(seenBy(bob)).toEqual([[alice.document.doc.clientID, { name: 'Alice' }]])
})

test('an awareness shows the others, tells its own, and does not expire whom the relay keeps', async () => {
  const { world, alice, bob } = await pair()
  const [hers, his] = [createAwareness(alice.document), createAwareness(bob.document)]
  const changes: unknown[] = []
  his.on('change', (change: unknown) => changes.push(change))
  hers.setLocalState({ user: 'Alice' })
  await world.flush()
  expect(his.getStates().get(hers.clientID)).toEqual({ user: 'Alice' })
  expect(changes).toEqual([{ added: [hers.clientID], updated: [], removed: [] }])
  hers.setLocalStateField('caret', 3)
  await world.flush()
  expect(changes.at(-1)).toEqual({ added: [], updated: [hers.clientID], removed: [] })
  // What y-protocols compares with its 30 seconds.
  expect(his.meta.get(hers.clientID)?.lastUpdated).toBe(Number.POSITIVE_INFINITY)
  hers.destroy()
  await world.flush()
  expect(his.getStates().has(hers.clientID)).toBe(false)
  expect(changes.at(-1)).toEqual({ added: [], updated: [], removed: [hers.clientID] })
  his.destroy()
})

test('an awareness of a document that was replaced does not silence its successor', async () => {
  const { world, alice, bob } = await pair()
  const old = createAwareness(alice.document)
  old.setLocalState({ user: 'old' })
  await world.flush()
  alice.document.reset()
  await world.settle()
  const next = createAwareness(alice.document)
  next.setLocalState({ user: 'next' })
  old.destroy()
  await world.flush()
  expect(seenBy(bob)).toEqual([[next.clientID, { user: 'next' }]])
  next.destroy()
})

test('an awareness is y-protocols’ own', async () => {
  const { alice } = await pair()
  const awareness = createAwareness(alice.document)
  expect(awareness).toBeInstanceOf(Awareness)
  awareness.destroy()
})
