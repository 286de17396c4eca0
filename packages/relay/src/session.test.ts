import { TidemarkError } from '@tidemark/base'
import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { noise } from './testing/noise.ts'
import { Replica } from './testing/replica.ts'
import { createWorld, type World } from './testing/world.ts'

test('[FAN1] what one types, the other sees', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  bob.replica.type(' world')
  await world.flush()
  expect([alice.text, bob.text]).toEqual(['hello world', 'hello world'])
  expect([alice.isUpToDate, bob.isUpToDate]).toEqual([true, true])
  expect([alice.replica.seq, bob.replica.seq]).toEqual([2, 2])
})

test('[FAN1] two who type in the same turn receive all entries in the order of the log', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  const carol = await world.join('notes')
  alice.replica.type('a')
  bob.replica.type('b')
  alice.replica.type('c')
  await world.flush()
  // The replicas themselves refuse entries and acks that are out of order.
  expect([alice, bob, carol].map((client) => client.replica.seq)).toEqual([3, 3, 3])
  expect(new Set([alice.text, bob.text, carol.text]).size).toBe(1)
  expect(alice.got('ack').map(({ batch, first, last }) => [batch, first, last])).toEqual([
    [1, 1, 1],
    [2, 3, 3],
  ])
})

test('[R1] nothing is acknowledged or shown to others before its commit', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  world.log.hold()
  alice.replica.type('not yet')
  await world.flush()
  expect(world.log.appends.length).toBe(1)
  expect(alice.got('ack')).toEqual([])
  expect(bob.text).toBe('')
  world.log.release()
  await world.flush()
  expect(alice.got('ack').length).toBe(1)
  expect(bob.text).toBe('not yet')
})

test('[R1] an append names the head it follows, also when others are still under way', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  for (const text of ['a', 'b', 'c']) {
    alice.replica.type(text)
    await world.flush()
  }
  expect(world.log.appends.map(({ after }) => after)).toEqual([0, 1, 2])
  world.log.release()
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
})

test('[FAN1] what arrives together is one append, and acknowledged as it was pushed', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  for (const text of ['a', 'b', 'c']) alice.replica.type(text)
  bob.replica.type('d')
  await world.flush()
  expect(world.log.appends.map(({ after, entries }) => [after, entries.length])).toEqual([[0, 4]])
  expect([alice.replica.acked, bob.replica.acked]).toEqual([[3], [1]])
  expect([alice.replica.seq, bob.replica.seq]).toEqual([4, 4])
  expect(alice.text).toBe(bob.text)
})

test('[R2] an update with a gap is answered with the state vector of the relay, and nothing of it is stored', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.answersResync = false
  alice.isOffline = true
  alice.replica.type('lost')
  alice.isOffline = false
  alice.replica.type(' and found')
  await world.flush()
  expect(alice.got('resync').map(({ batch }) => batch)).toEqual([2])
  expect(world.log.appends).toEqual([])
  const [resync] = alice.got('resync')
  alice.giveBack(resync?.stateVector as Uint8Array)
  await world.flush()
  const bob = await world.join('notes')
  expect(bob.text).toBe('lost and found')
})

test('[R2] what follows a gap is dropped until the client has given all, so that its ack is true', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.answersResync = false
  const other = new Y.Doc()
  other.getText('t').insert(0, 'x')
  const first = Y.encodeStateAsUpdate(other)
  const before = Y.encodeStateVector(other)
  other.getText('t').insert(1, 'y')
  alice.push(1, Y.encodeStateAsUpdate(other, before))
  alice.push(2, first)
  await world.flush()
  expect(alice.got('ack')).toEqual([])
  expect(world.log.appends).toEqual([])
})

test('[R2] known parts of an update are trimmed: the log holds each clock once', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('one')
  await world.flush()
  alice.isOffline = true
  alice.replica.type(' two')
  alice.isOffline = false
  alice.push(9, Y.encodeStateAsUpdate(alice.replica.doc))
  await world.flush()
  const stored = await world.log.read('notes', 1, 1e6)
  expect(stored.length).toBe(1)
  const { structs } = Y.decodeUpdate(stored[0]?.update as Uint8Array)
  expect(structs.map(({ id, length }) => [id.clock, length])).toEqual([[3, 4]])
})

test('[R3] a reader comes back by its cursor and receives only what it missed', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.replica.type('one ')
  await world.flush()
  bob.offline()
  alice.replica.type('two ')
  alice.replica.type('three')
  await world.flush()
  const again = await world.join('notes', bob.replica)
  expect(again.opened?.resume.kind).toBe('tail')
  expect(again.got('entries').flatMap((entries) => entries.updates).length).toBe(2)
  expect(again.text).toBe('one two three')
})

test('[R3] a cursor with a forged check is not resumed', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('one')
  await world.flush()
  const bob = world.connect()
  bob.hello()
  bob.open('notes', { cursor: { lineage: alice.replica.lineage as string, seq: 1, check: 'f'.repeat(32) } })
  await world.flush()
  expect(bob.opened?.resume.kind).toBe('resync')
  expect(bob.text).toBe('one')
  expect(world.eventsOf('loss-proven')).toEqual([])
})

test('[R3] a log that was put back gets from the replicas what it lost, also what others wrote', async () => {
  const principals = new Map([
    ['a', 'alice'],
    ['b', 'bob'],
  ])
  const world = createWorld({
    authorize: ({ token }) => ({ principal: principals.get(token) ?? 'nobody', access: 'write' }),
  })
  const alice = await world.join('notes', new Replica(), { token: 'a' })
  const bob = await world.join('notes', new Replica(), { token: 'b' })
  alice.replica.type('backed up. ')
  await world.flush()
  const backup = world.copyStore()
  alice.replica.type('by alice. ')
  await world.flush()
  bob.replica.type('by bob. ')
  await world.flush()
  world.crash(backup)
  // Only Alice comes back: she gives back Bob's edits too, under his client id.
  const again = await world.join('notes', alice.replica, { token: 'a' })
  expect(again.opened?.resume.kind).toBe('resync')
  expect(world.eventsOf('loss-proven').length).toBe(1)
  expect(again.text).toBe('backed up. by alice. by bob. ')
  const carol = await world.join('notes', new Replica(), { token: 'c' })
  expect(carol.text).toBe('backed up. by alice. by bob. ')
  // And Bob's client id is still his.
  const bobAgain = await world.join('notes', bob.replica, { token: 'b' })
  bobAgain.replica.type('more.')
  await world.flush()
  expect(bobAgain.got('refused')).toEqual([])
  expect(carol.text).toBe('backed up. by alice. by bob. more.')
})

test('[R3] [ADM2] without a proof of loss, a resync does not let anybody write under the client id of another', async () => {
  const world = createWorld({ authorize: ({ token }) => ({ principal: token, access: 'write' }) })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  alice.replica.type('a')
  await world.flush()
  const forged = new Y.Doc()
  Y.applyUpdate(forged, Y.encodeStateAsUpdate(alice.replica.doc))
  forged.clientID = alice.replica.doc.clientID
  forged.getText('t').insert(1, ' forged')
  const mallory = world.connect()
  mallory.answersResync = false
  mallory.hello('mallory')
  mallory.open('notes', {
    cursor: { lineage: alice.replica.lineage as string, seq: 99, check: '1'.repeat(32) },
  })
  await world.flush()
  expect(mallory.opened?.resume.kind).toBe('resync')
  mallory.push(1, Y.encodeStateAsUpdate(forged, Y.encodeStateVector(alice.replica.doc)), true)
  await world.flush()
  expect(mallory.got('refused').map(({ code }) => code)).toEqual(['update/foreign-client'])
  expect(alice.text).toBe('a')
})

test('[ADM2] who answers a gap with what others wrote, without a proof, does not become the owner of it', async () => {
  // Found by the simulator: a page shows what others of its device had read, and has no cursor of its own. After the log
  // had lost that, the page owned what it gave, and the author was refused for ever.
  const world = createWorld({ authorize: ({ token }) => ({ principal: token, access: 'write' }) })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  const backup = world.copyStore()
  alice.replica.type('by alice. ')
  await world.flush()
  world.crash(backup)
  const shown = new Replica()
  Y.applyUpdate(shown.doc, Y.encodeStateAsUpdate(alice.replica.doc), shown)
  shown.lineage = alice.replica.lineage
  const bob = await world.join('notes', shown, { token: 'bob' })
  bob.replica.type('by bob. ')
  await world.flush()
  expect(bob.got('resync').length).toBe(1)
  const again = await world.join('notes', alice.replica, { token: 'alice' })
  again.replica.type('more. ')
  await world.flush()
  expect(again.got('refused')).toEqual([])
  expect(bob.text).toBe('by alice. by bob. more. ')
})

test('[R3] a replica of another lineage is turned away', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('x')
  await world.flush()
  await world.log.delete('notes')
  world.crash()
  await world.join('notes')
  const again = await world.join('notes', alice.replica)
  expect(again.opened).toBeNull()
  expect(again.got('closed').map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
    ['document/other-lineage', null],
  ])
})

test('[R5] a resend is acknowledged and appends nothing', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('once')
  await world.flush()
  alice.push(2, Y.encodeStateAsUpdate(alice.replica.doc))
  await world.flush()
  expect(world.log.appends.length).toBe(1)
  expect(alice.got('ack').map(({ batch, first, last }) => [batch, last < first])).toEqual([
    [1, false],
    [2, true],
  ])
})

test('[R5] a duplicate is not acknowledged before everything it repeats is durable', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  world.log.hold()
  alice.replica.type('hello')
  bob.push(1, Y.encodeStateAsUpdate(alice.replica.doc))
  await world.flush()
  expect(bob.got('ack')).toEqual([])
  world.log.failAppends(new TidemarkError('log/full', 'disk full'))
  world.log.release()
  await world.flush()
  expect(bob.got('ack').map(({ batch }) => batch)).toEqual([1])
})

test('[ACK1] a relay that starts again on its log has all that was acknowledged', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('kept')
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
  world.crash()
  const fresh = await world.join('notes', new Replica())
  expect(fresh.text).toBe('kept')
  const again = await world.join('notes', alice.replica)
  expect(again.opened?.resume.kind).toBe('tail')
})

test('[ACK3] what was sent and not acknowledged may be sent again after a crash, whether the log has it or not', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('sent')
  await world.flush()
  expect(alice.isUpToDate).toBe(false)
  world.crash()
  alice.replica.renumber()
  const again = await world.join('notes', alice.replica)
  expect(again.isUpToDate).toBe(true)
  const bob = await world.join('notes')
  expect(bob.text).toBe('sent')
  expect(bob.replica.seq).toBe(1)
})

test('[LIN1] a document gets its lineage when it is first opened for writing, and keeps it', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  expect(alice.opened?.lineage).toMatch(/^[0-9a-f]{32}$/)
  expect(world.eventsOf('document-created').length).toBe(1)
  world.crash()
  const bob = await world.join('notes')
  expect(bob.opened?.lineage).toBe(alice.opened?.lineage)
  expect(world.eventsOf('document-created').length).toBe(1)
})

test('a deletion is an update like any other', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  bob.replica.delete(0, 4)
  await world.flush()
  expect(alice.text).toBe('o')
  expect(bob.isUpToDate).toBe(true)
})

test('[FAN4] a joiner gets the stored snapshot, then the tail', async () => {
  const world = createWorld({ limits: { compactEntriesMax: 3 } })
  const alice = await world.join('notes')
  for (const word of ['a', 'b', 'c', 'd', 'e']) {
    alice.replica.type(word)
    await world.flush()
  }
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([3])
  const stored = await world.log.readSnapshot('notes')
  const bob = await world.join('notes')
  expect(bob.opened?.resume.kind).toBe('snapshot')
  expect(bob.got('snapshot-part').map(({ bytes }) => [...bytes])).toEqual([[...(stored?.body ?? [])]])
  expect(bob.got('entries').flatMap(({ updates }) => updates).length).toBe(2)
  expect(bob.text).toBe('abcde')
})

/** So that whatever is older than a few entries is a snapshot's. */
const compactsSoon = { compactEntriesMax: 2, tailBytesMax: 1 }

/** Where it stands beside what others type at the same time is Yjs's business. */
const filler = '~'

function withoutFiller(text: string): string {
  return text.replaceAll(filler, '')
}

/** Somebody new types so much that the log's floor passes `seq`. */
async function growBeyond(world: World, seq: number): Promise<void> {
  const writer = await world.join('notes', new Replica(), { token: 'writer' })
  const floor = (): number => world.store.load('notes')?.floor ?? 0
  for (let left = 20; floor() <= seq && left > 0; left--) {
    writer.replica.type(filler)
    await world.flush()
  }
  writer.socket.hangUp()
  expect(floor()).toBeGreaterThan(seq)
}

test('[R4] a cursor below the floor of the log gets the snapshot and then the tail, never the tail alone', async () => {
  const world = createWorld({ limits: compactsSoon })
  const bob = await world.join('notes')
  bob.replica.type('a')
  await world.flush()
  bob.offline()
  bob.replica.type('z')
  await growBeyond(world, 1)
  world.crash()
  const again = await world.join('notes', bob.replica)
  expect(again.opened?.resume.kind).toBe('tail')
  expect(again.got('snapshot-part').length).toBe(1)
  expect(again.got('resync')).toEqual([])
  expect(again.isUpToDate).toBe(true)
  expect(again.text).toBe((await world.join('notes')).text)
  expect(withoutFiller(again.text)).toBe('az')
  expect(world.eventsOf('loss-proven')).toEqual([])
})

test('[R3] [ADM2] below the floor, too, a log gets back what it lost, and nobody becomes the owner of what others wrote', async () => {
  // Found by the simulator: once the log was compacted beyond the place of the loss nothing could prove it, whoever gave
  // back what another had written became the owner of it, and its author was refused for ever.
  const world = createWorld({
    limits: compactsSoon,
    authorize: ({ token }) => ({ principal: token, access: 'write' }),
  })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  const bob = await world.join('notes', new Replica(), { token: 'bob' })
  alice.replica.type('backed up. ')
  await world.flush()
  const backup = world.copyStore()
  alice.replica.type('lost. ')
  await world.flush()
  world.crash(backup)
  await growBeyond(world, 2)
  const [bobAgain, aliceAgain] = [
    await world.join('notes', bob.replica, { token: 'bob' }),
    await world.join('notes', alice.replica, { token: 'alice' }),
  ]
  expect(world.eventsOf('loss-proven').map(({ seq }) => seq)).toEqual([2, 2])
  aliceAgain.replica.type('More.')
  await world.flush()
  expect(aliceAgain.got('refused')).toEqual([])
  expect(withoutFiller(bobAgain.text)).toBe('backed up. lost. More.')
})

test('[R3] a log that lost nothing but a deletion gets it back, however far it has grown since', async () => {
  const world = createWorld({ limits: compactsSoon })
  const alice = await world.join('notes')
  alice.replica.type('kept secret')
  await world.flush()
  const backup = world.copyStore()
  alice.replica.delete(4, 7)
  await world.flush()
  world.crash(backup)
  await growBeyond(world, 2)
  await world.join('notes', alice.replica)
  expect(withoutFiller((await world.join('notes')).text)).toBe('kept')
})

test('[R3] [ADM2] a cursor below the floor proves no loss when the log holds what it stands for', async () => {
  const world = createWorld({
    limits: compactsSoon,
    authorize: ({ token }) => ({ principal: token, access: 'write' }),
  })
  const alice = await world.join('notes', new Replica(), { token: 'alice' })
  const mallory = await world.join('notes', new Replica(), { token: 'mallory' })
  alice.replica.type('a')
  await world.flush()
  mallory.offline()
  world.crash()
  await growBeyond(world, 1)
  const forged = new Y.Doc()
  Y.applyUpdate(forged, Y.encodeStateAsUpdate(alice.replica.doc))
  forged.clientID = alice.replica.doc.clientID
  forged.getText('t').insert(1, ' forged')
  const again = await world.join('notes', mallory.replica, { token: 'mallory' })
  again.push(9, Y.encodeStateAsUpdate(forged, Y.encodeStateVector(alice.replica.doc)), true)
  await world.flush()
  expect(again.got('refused').map(({ code }) => code)).toEqual(['update/foreign-client'])
})

test('a client whose Yjs holds structs pending says what it holds, and gets what it lacks', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  alice.send({ type: 'state', session: 1, stateVector: Uint8Array.of(0) })
  await world.flush()
  expect(alice.got('snapshot-part').length).toBe(1)
  alice.replica.type(' again')
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
  expect(alice.replica.seq).toBe(2)
})

test('[C6] a digest is compared only so often', async () => {
  const world = createWorld({ limits: { verifyMsMin: 1_000 } })
  const alice = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  const digest = alice.replica.digest()
  for (const waitMs of [999, 1, 0]) {
    alice.send({ type: 'verify', session: 1, seq: 1, digest })
    await world.advance(waitMs)
  }
  expect(alice.got('verified').map(({ outcome }) => outcome)).toEqual(['equal', 'unknown', 'equal'])
})

test('[FAN4] many who join at once cost one read of the snapshot', async () => {
  const world = createWorld({ limits: { compactEntriesMax: 1, snapshotCacheMs: 1_000 } })
  const alice = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  const read = vi.spyOn(world.log, 'readSnapshot')
  await Promise.all([1, 2, 3].map(() => world.join('notes')))
  expect(read).toHaveBeenCalledTimes(1)
  await world.advance(1_000)
  await world.join('notes')
  expect(read).toHaveBeenCalledTimes(2)
})

test('[LIM1] of snapshots that are kept for who joins next, the oldest go when they are too many', async () => {
  const world = createWorld({ limits: { compactEntriesMax: 1, snapshotCacheBytesMax: 1_000 } })
  for (const id of ['a', 'b', 'large']) {
    const alice = await world.join(id)
    alice.replica.type(id === 'large' ? noise(2_000) : noise(400))
    await world.flush()
  }
  const read = vi.spyOn(world.log, 'readSnapshot')
  const reads = async (...ids: readonly string[]): Promise<readonly string[]> => {
    read.mockClear()
    for (const id of ids) await world.join(id)
    return read.mock.calls.map(([id]) => id)
  }
  expect(await reads('a', 'b', 'a', 'b')).toEqual(['a', 'b'])
  expect(await reads('large', 'large', 'a', 'b', 'large')).toEqual(['large', 'a', 'b', 'large'])
  expect(await reads('a', 'b', 'a', 'b')).toEqual(['a', 'b'])
})

test('[LIM1] a client that asks again and again what it lacks is answered one at a time', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  alice.replica.type('hello')
  await world.flush()
  for (let i = 0; i < 10; i++) {
    alice.send({ type: 'state', session: 1, stateVector: Uint8Array.of(0) })
    bob.step1()
  }
  await world.flush()
  expect(alice.got('snapshot-part').length).toBe(1)
  expect(bob.got('step2').length).toBe(1)
  await world.advance(1_000)
  expect(bob.got('step2').length).toBe(2)
})

test('[LIM1] a client that asks what it lacks whenever it was answered is answered once in a while', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  await world.advance(1_000)
  const [parts, steps] = [alice.got('snapshot-part').length, bob.got('step2').length]
  for (let i = 0; i < 10; i++) {
    alice.send({ type: 'state', session: 1, stateVector: Uint8Array.of(0) })
    bob.step1()
    await world.flush()
  }
  expect([alice.got('snapshot-part').length - parts, bob.got('step2').length - steps]).toEqual([1, 1])
  await world.advance(1_000)
  expect([alice.got('snapshot-part').length - parts, bob.got('step2').length - steps]).toEqual([2, 2])
  alice.send({ type: 'state', session: 1, stateVector: Uint8Array.of(0) })
  alice.send({ type: 'close', session: 1 })
  await world.advance(1_000)
  expect(alice.got('snapshot-part').length - parts).toBe(2)
})

test('[LIM1] [R2] an answer to a resync that has a gap itself is answered by another one, once in a while', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.answersResync = false
  const other = new Y.Doc()
  other.getText('t').insert(0, 'x')
  const before = Y.encodeStateVector(other)
  other.getText('t').insert(1, 'y')
  const gap = Y.encodeStateAsUpdate(other, before)
  for (let batch = 1; batch <= 50; batch++) alice.push(batch, gap, true)
  await world.flush()
  expect(alice.got('resync').map(({ batch }) => batch)).toEqual([1])
  await world.advance(5_000)
  expect(alice.got('resync').map(({ batch }) => batch)).toEqual([1, 50])
  // A proper answer ends it: the one that waited is not sent.
  alice.push(51, gap, true)
  alice.push(52, Y.encodeStateAsUpdate(other), true)
  await world.advance(20_000)
  expect(alice.got('resync').length).toBe(2)
  expect((await world.join('notes')).text).toBe('xy')
})

test('[LIM1] a document of more client ids than a state vector can name ends the sessions that need one, and no more', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.push(1, updateOfClients(180_000))
  await world.flush()
  expect(alice.got('ack').length).toBe(1)
  const cursor = { lineage: alice.opened?.lineage as string, seq: 9, check: '1'.repeat(32) }
  const bob = world.connect()
  bob.hello()
  bob.open('notes', { cursor })
  await world.flush()
  expect(bob.got('closed').map(({ code }) => code)).toEqual(['relay/internal'])
  alice.push(2, Uint8Array.of(1, 1, 7, 5, 0, 1, 0))
  await world.flush()
  expect(alice.got('closed').map(({ code }) => code)).toEqual(['relay/internal'])
  expect((await world.join('other')).opened).not.toBeNull()
})

/** One collected struct of each of so many clients. */
function updateOfClients(count: number): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, count)
  for (let i = 0; i < count; i++) {
    writeVarUint(encoder, 1)
    writeVarUint(encoder, 2 ** 32 - 1 - i)
    for (const value of [0, 0, 1]) writeVarUint(encoder, value)
  }
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}

test('edits that were typed while a session opens are taken once it is open', async () => {
  const world = createWorld()
  const alice = world.connect()
  alice.replica.type('early')
  const [[batch, update] = [0, new Uint8Array()]] = alice.replica.outbox
  alice.hello()
  alice.open('notes')
  alice.push(batch, update)
  alice.replica.outbox.clear()
  await world.flush()
  expect(alice.replica.acked).toEqual([1])
  const bob = await world.join('notes')
  expect(bob.text).toBe('early')
})

test('[C6] a digest is compared with the content of the log at that seq', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  const digest = alice.replica.digest()
  alice.send({ type: 'verify', session: 1, seq: 1, digest })
  await world.flush()
  await world.advance(10_001)
  alice.send({ type: 'verify', session: 1, seq: 1, digest: new Uint8Array(32) })
  await world.flush()
  await world.advance(10_001)
  alice.send({ type: 'verify', session: 1, seq: 7, digest })
  await world.flush()
  expect(alice.got('verified').map(({ outcome }) => outcome)).toEqual(['equal', 'different', 'unknown'])
  expect(world.eventsOf('divergence-found').length).toBe(1)
})
