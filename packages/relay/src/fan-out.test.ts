import { updateBytesMin } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { packEntries } from './packed-entries.ts'
import { compact } from './replay.ts'
import { noise } from './testing/noise.ts'
import { Replica, type TestClient } from './testing/replica.ts'
import { createWorld, type World } from './testing/world.ts'

test('[FAN2] the bytes of an update are made once: every reader is sent the same buffer', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const carol = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  expect(bob.socket.frames.at(-1)).toBe(carol.socket.frames.at(-1))
})

test('[FAN2] all that a connection gets in one turn leaves in one write', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const sends = [alice, bob].map(({ socket }) => socket.sends)
  for (const word of ['a', 'b', 'c']) alice.replica.type(word)
  bob.replica.type('d')
  alice.presence(1, { name: 'Alice' })
  alice.send({ type: 'ping', nonce: 7 })
  await world.flush()
  expect(alice.got('pong').length).toBe(1)
  expect(alice.replica.seq).toBe(4)
  expect([alice, bob].map(({ socket }) => socket.sends)).toEqual(sends.map((count) => count + 1))
})

test('[FAN2] many updates of one turn reach a reader as one message', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  for (let i = 0; i < 100; i++) alice.replica.type('x')
  await world.flush()
  expect(bob.got('entries').map(({ updates }) => updates.length)).toEqual([100])
  expect(alice.got('ack').map(({ batch }) => batch)).toEqual([100])
})

test('[FAN3] a stalled reader is not queued for, and reads on from its mark when it drains', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 20_000, readBytes: 5_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const carol = await world.join('notes')
  bob.socket.stall()
  for (let i = 0; i < 200; i++) {
    alice.replica.type(`${i} `.padEnd(1_000))
    await world.flush()
    expect(bob.socket.bufferedBytes).toBeLessThan(20_000 + 5_000)
  }
  expect(carol.text).toBe(alice.text)
  while (bob.socket.bufferedBytes > 0) {
    bob.socket.release(3)
    await world.flush()
    expect(bob.socket.bufferedBytes).toBeLessThan(20_000 + 5_000)
  }
  expect(bob.text).toBe(alice.text)
  expect(bob.replica.seq).toBe(200)
})

// Otherwise an edit that is called saved can lie beyond its author's cursor. A log that loses it then, because an older
// copy of it is put back, meets a cursor that proves nothing: the edit was never asked for again.
test('[R3] no ack is ahead of what its author has been sent', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 5_000, readBytes: 2_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.socket.stall()
  for (let i = 0; i < 20; i++) {
    bob.replica.type('y'.repeat(500))
    await world.flush()
  }
  alice.replica.type('mine')
  await world.flush()
  while (alice.socket.bufferedBytes > 0) {
    alice.socket.release(1)
    await world.flush()
    if (alice.got('ack').length > 0) expect(alice.replica.seq).toBe(21)
  }
  expect(alice.got('ack').map(({ batch }) => batch)).toEqual([1])
  expect(alice.text).toBe(bob.text)
})

test('[FAN3] a reader that fell behind the memory of the relay reads on from the log', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 5_000, readBytes: 2_000, tailBytesMax: 3_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  for (let i = 0; i < 50; i++) {
    alice.replica.type('y'.repeat(500))
    await world.flush()
  }
  await drain(world, bob)
  expect(bob.text).toBe(alice.text)
})

test('[FAN3] a reader that compaction overtook gets the snapshot and then the tail', async () => {
  const limits = { bufferedBytesMax: 5_000, readBytes: 2_000, tailBytesMax: 1_000, compactEntriesMax: 10 }
  const world = createWorld({ limits })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  for (let i = 0; i < 60; i++) {
    alice.replica.type('z'.repeat(500))
    await world.flush()
  }
  await drain(world, bob)
  expect(bob.got('snapshot-part').length).toBeGreaterThan(0)
  expect(bob.text).toBe(alice.text)
  expect(bob.replica.seq).toBe(60)
})

test("[R4] a reader that another relay's compaction overtook gets the newest snapshot, not the one in memory", async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 1_000, readBytes: 500, tailBytesMax: 1 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  for (let i = 0; i < 30; i++) {
    alice.replica.type('z'.repeat(100))
    await world.flush()
  }
  // The first to join without a cursor made the relay remember that there is no snapshot.
  const { lineage } = alice.replica.cursor ?? { lineage: '' }
  for (const seq of [20, 25]) {
    const stood = world.store.read('notes', 0, 1e9).slice(0, seq)
    const entries = packEntries(stood)
    const check = stood.at(-1)?.check as string
    const snapshot = compact({ snapshot: null, entries, seq, check, bytesMax: 1e6 })
    await world.log.writeSnapshot('notes', lineage, { seq, check, timeMs: 0, ...snapshot })
  }
  await world.log.trim('notes', lineage, 20)
  await drain(world, bob)
  expect(bob.got('snapshot-part').map(({ seq }) => seq)).toEqual([25])
  expect(bob.text).toBe(alice.text)
})

test('an author that does not read gets its acks, and what it missed by reading', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 5_000, readBytes: 2_000 } })
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  bob.socket.stall()
  for (let i = 0; i < 20; i++) {
    alice.replica.type('a'.repeat(500))
    await world.flush()
  }
  bob.replica.type('mine')
  await world.flush()
  await drain(world, bob)
  const [ack] = bob.got('ack')
  expect(ack && ack.last < ack.first).toBe(true)
  expect(bob.isUpToDate).toBe(true)
  expect(bob.text).toBe(alice.text)
})

test('[FAN4] those who join are sent one copy of the snapshot, whatever else their turn brings', async () => {
  const world = createWorld({ limits: { compactEntriesMax: 1 } })
  const alice = await world.join('notes')
  alice.replica.type(noise(600_000))
  await world.flush()
  const [bob, carol, dave] = [world.connect(), world.connect(), world.connect()]
  for (const client of [bob, carol, dave]) client.hello()
  bob.open('notes')
  carol.open('notes')
  dave.open('notes', { session: 9 })
  await world.flush()
  const large = (client: TestClient): readonly Uint8Array[] =>
    client.socket.frames.filter((frame) => frame.length > 16_384)
  expect(large(bob).length).toBeGreaterThan(2)
  for (const [at, frame] of large(bob).entries()) expect(large(carol)[at]).toBe(frame)
  expect(large(dave).length).toBe(large(bob).length)
  expect(dave.got('snapshot-part').every(({ session }) => session === 9)).toBe(true)
})

test('a large snapshot is sent in parts, as fast as the reader takes them, and acks wait for the last', async () => {
  const world = createWorld({ limits: { compactEntriesMax: 1, bufferedBytesMax: 200_000 } })
  const alice = await world.join('notes')
  // The snapshot must not deflate to nothing.
  alice.replica.type(noise(600_000))
  await world.flush()
  const bob = world.connect()
  bob.socket.stall()
  bob.hello()
  bob.open('notes')
  await world.flush()
  bob.socket.release(1)
  await world.flush()
  bob.push(1, updateOf('typed meanwhile'))
  await world.flush()
  while (bob.socket.bufferedBytes > 0) {
    bob.socket.release(1)
    await world.flush()
    expect(bob.socket.bufferedBytes).toBeLessThan(400_000)
  }
  const types = bob.messages.map(({ type }) => type)
  expect(bob.got('snapshot-part').length).toBeGreaterThan(2)
  expect(types.lastIndexOf('snapshot-part') - types.indexOf('snapshot-part')).toBe(
    bob.got('snapshot-part').length - 1,
  )
  expect(types.indexOf('ack')).toBeGreaterThan(types.lastIndexOf('snapshot-part'))
  expect(bob.text.length).toBe(600_015)
})

test('[LIM1] a connection that lets even small messages pile up is cut', async () => {
  const world = createWorld({
    limits: { updateBytesMax: updateBytesMin, bufferedBytesMax: 1_000, terminateBytesMax: 35_000 },
  })
  const alice = await world.join('notes')
  alice.socket.stall()
  for (let i = 0; i < 1_000 && !alice.socket.isTerminated; i++) {
    for (let ping = 0; ping < 10; ping++) alice.send({ type: 'ping', nonce: Number.MAX_SAFE_INTEGER - i })
    await world.flush()
    expect(alice.socket.bufferedBytes).toBeLessThanOrEqual(35_000)
  }
  expect(alice.socket.isTerminated).toBe(true)
  expect(world.relay.stats().connections).toBe(0)
})

test('[LIM1] who comes back after a lot of small entries is sent them a part at a time, and not cut', async () => {
  const world = createWorld({
    limits: { updateBytesMax: updateBytesMin, bufferedBytesMax: 1_000, terminateBytesMax: 35_000 },
  })
  const alice = await world.join('notes')
  for (let i = 0; i < 400; i++) {
    alice.replica.type(`${i} `.padEnd(200))
    await world.flush()
  }
  const bob = world.connect()
  bob.socket.stall()
  bob.hello()
  bob.open('notes')
  await world.flush()
  expect(bob.socket.isTerminated).toBe(false)
  await drain(world, bob)
  expect(bob.text).toBe(alice.text)
})

async function drain(world: World, client: Awaited<ReturnType<World['join']>>): Promise<void> {
  while (client.socket.bufferedBytes > 0) {
    client.socket.release(1)
    await world.flush()
  }
}

function updateOf(text: string): Uint8Array {
  const replica = new Replica()
  replica.type(text)
  return Y.encodeStateAsUpdate(replica.doc)
}
