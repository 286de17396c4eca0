import { TidemarkError } from '@tidemark/base'
import { closeCodes } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createWorld } from './testing/world.ts'
import { encodeStep1, encodeUpdate } from './y-websocket-frames.ts'
import { sentClocksMax, YWebsocketPresence } from './y-websocket-presence.ts'

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const textOf = (state: Uint8Array | undefined): string => new TextDecoder().decode(state)

test('[YWS1] stock clients and native clients write one document', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  const carol = await world.joinStock('notes')
  alice.replica.type('native. ')
  await world.flush()
  bob.type('stock. ')
  await world.flush()
  expect([alice.text, bob.text, carol.text]).toEqual(Array(3).fill('native. stock. '))
})

test('[YWS1] edits that were made offline come up with the answer to the step 1 of the relay', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('a')
  await world.flush()
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'offline ')
  await world.joinStock('notes', { doc })
  expect(alice.text).toContain('offline ')
})

test('[YWS2] a step 2 is not sent before the document is loaded, and has all of it', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('content')
  await world.flush()
  world.crash()
  const bob = world.stock('notes')
  expect(bob.messages).toEqual([])
  await world.flush()
  expect(bob.got('step2').length).toBe(1)
  expect(bob.text).toBe('content')
})

test('[YWS2] a step 2 waits for what was pushed before it', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  world.log.hold()
  alice.replica.type('under way')
  const bob = await world.joinStock('notes')
  expect(bob.got('step2')).toEqual([])
  world.log.release()
  await world.flush()
  expect(bob.text).toBe('under way')
})

test('[YWS2] deletions reach a client that has all the text', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('hello')
  await world.flush()
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(alice.replica.doc))
  alice.replica.delete(0, 4)
  await world.flush()
  const bob = await world.joinStock('notes', { doc })
  expect(bob.text).toBe('o')
})

test('[R1] what a stock client wrote is shown to nobody before its commit', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  world.log.hold()
  bob.type('not yet')
  await world.flush()
  expect(alice.text).toBe('')
  world.log.release()
  await world.flush()
  expect(alice.text).toBe('not yet')
})

test('[FAN2] a commit is made into one message for all stock readers, and its author does not get it back', async () => {
  const world = createWorld()
  const [alice, bob, carol] = await Promise.all(['a', 'b', 'c'].map(() => world.joinStock('notes')))
  alice?.type('one ')
  alice?.type('two')
  await world.flush()
  expect(bob?.got('update').length).toBe(1)
  expect(bob?.socket.frames.at(-1)).toBe(carol?.socket.frames.at(-1))
  expect(alice?.got('update')).toEqual([])
  expect(bob?.text).toBe('one two')
})

test('[FAN3] a stalled stock reader is not queued for and reads on when it drains', async () => {
  const world = createWorld({ limits: { bufferedBytesMax: 20_000, readBytes: 5_000, compactEntriesMax: 50 } })
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  bob.socket.stall()
  for (let i = 0; i < 100; i++) {
    alice.replica.type('x'.repeat(1_000))
    await world.flush()
    expect(bob.socket.bufferedBytes).toBeLessThan(30_000)
  }
  while (bob.socket.bufferedBytes > 0) {
    bob.socket.release(1)
    await world.flush()
  }
  expect(bob.text).toBe(alice.text)
})

test('[YWS3] a gap is answered with a step 1, and what the client then gives is taken', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  const { input } = bob.socket
  bob.socket.input = null
  bob.type('lost ')
  bob.socket.input = input
  const before = bob.got('step1').length
  bob.type('and found')
  await world.flush()
  expect(bob.got('step1').length).toBe(before + 1)
  expect(alice.text).toBe('lost and found')
})

test('[YWS3] what a stock client passes on while it lacks something itself is a gap, not a fault', async () => {
  const world = createWorld()
  const bob = await world.joinStock('notes')
  const other = new Y.Doc()
  const updates: Uint8Array[] = []
  other.on('update', (update: Uint8Array) => updates.push(update))
  for (const letter of 'abc') other.getText('t').insert(0, letter)
  bob.sendBytes(encodeUpdate(Y.mergeUpdates([updates[0], updates[2]] as Uint8Array[])))
  await world.flush()
  expect(bob.socket.closedWith).toBeNull()
  expect(world.log.appends).toEqual([])
})

test('[YWS3] [ADM1] an update that Yjs would fail on closes the connection for good, and nobody else notices', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  bob.sendBytes(encodeUpdate(Uint8Array.of(1, 1, 7, 0, 0, 0, 0)))
  await world.flush()
  expect(bob.socket.closedWith?.code).toBe(closeCodes.refused)
  alice.replica.type('fine')
  await world.flush()
  expect(alice.isUpToDate).toBe(true)
})

test('[YWS3] [ADM2] a stock client may write under any client id but that of a native session', async () => {
  const world = createWorld({ authorize: ({ token }) => ({ principal: token, access: 'write' }) })
  const alice = await world.join('notes', undefined, { token: 'alice' })
  alice.replica.type('a')
  await world.flush()
  const bob = await world.joinStock('notes', { token: 'bob' })
  bob.type('b')
  await world.flush()
  bob.socket.hangUp()
  // A tab of Carol's passes on what Bob's tab went on typing.
  const tab = typedOn(bob.doc, 2, 'passed on')
  const carol = await world.joinStock('notes', { token: 'carol', doc: tab })
  expect(carol.socket.closedWith).toBeNull()
  expect(alice.text).toBe('abpassed on')
  const dave = await world.joinStock('notes', { token: 'dave', doc: typedOn(alice.replica.doc, 0, 'forged') })
  expect(dave.socket.closedWith).toEqual({ code: closeCodes.policy, reason: 'update/foreign-client' })
  expect(alice.text).toBe('abpassed on')
})

test('[ADM2] client ids that came by the y-websocket dialect stay free after a restart and after compaction', async () => {
  const world = createWorld({
    authorize: ({ token }) => ({ principal: token, access: 'write' }),
    limits: { compactEntriesMax: 1 },
  })
  const bob = await world.joinStock('notes', { token: 'bob' })
  bob.type('b')
  await world.flush()
  bob.type('b')
  await world.flush()
  world.crash()
  const tab = typedOn(bob.doc, 2, '!')
  const carol = await world.joinStock('notes', { token: 'carol', doc: tab })
  expect(carol.socket.closedWith).toBeNull()
  expect((await world.join('notes', undefined, { token: 'd' })).text).toBe('bb!')
})

test('[YWS4] presence of a stock client reaches native and stock clients, and theirs reach it', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  const carol = await world.joinStock('notes')
  bob.awareness({ id: 7, clock: 1, state: json({ name: 'Bob' }) })
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  const seen = alice.got('presence-changed').flatMap(({ entries }) => entries)
  expect(seen.map(({ id, state }) => [id, textOf(state)])).toContainEqual([7, '{"name":"Bob"}'])
  const carolSaw = carol.got('awareness').flatMap(({ entries }) => entries)
  expect(carolSaw.map(({ id, state }) => [id, textOf(state)])).toEqual([
    [7, '{"name":"Bob"}'],
    [9, '{"name":"Alice"}'],
  ])
  const bobSaw = bob.got('awareness').flatMap(({ entries }) => entries)
  expect(bobSaw.map(({ id }) => id)).toEqual([9])
})

test('[PRE2] [YWS4] when a stock client leaves, it leaves for everybody', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  const carol = await world.joinStock('notes')
  bob.awareness({ id: 7, clock: 1, state: json({}) })
  await world.flush()
  bob.socket.hangUp()
  await world.flush()
  expect(
    alice
      .got('presence-changed')
      .at(-1)
      ?.entries.map(({ id, state }) => [id, state.length]),
  ).toEqual([[7, 0]])
  const [came, left] = carol.got('awareness').flatMap(({ entries }) => entries)
  expect(left?.state.length).toBe(0)
  expect(left?.clock).toBeGreaterThan(came?.clock ?? 0)
})

test('[PRE1] a stock client that repeats what it received changes nothing', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  const [entry] = bob.got('awareness').at(-1)?.entries ?? []
  bob.awareness(entry as never)
  bob.awareness({ id: 9, clock: 1, state: new Uint8Array(0) })
  await world.flush()
  bob.socket.hangUp()
  await world.flush()
  // It has not taken the id: with it gone, Alice is still there.
  const carol = await world.join('notes')
  expect(carol.got('presence-changed').flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([9])
})

test('[LIM1] a stock client may hold so many presence ids, and further ones are ignored', async () => {
  const world = createWorld({ limits: { presenceIdsMax: 2 } })
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  for (const id of [7, 8, 9]) bob.awareness({ id, clock: 1, state: json({}) })
  await world.flush()
  expect(alice.got('presence-changed').flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([7, 8])
})

test('[LIM1] what a stock client sends before its document is open is bounded', async () => {
  const world = createWorld({ authorize: () => new Promise(() => {}), limits: { openingBytesMax: 1_000 } })
  const bob = world.stock('notes')
  bob.sendBytes(new Uint8Array(600))
  expect(bob.socket.closedWith).toBeNull()
  bob.sendBytes(new Uint8Array(200))
  expect(bob.socket.closedWith?.reason).toBe('session/window-exceeded')
})

test('[PRE1] a state that a stock client could not parse is not passed on to one', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  const deep = new TextEncoder().encode('{"a":'.repeat(1_000) + '1' + '}'.repeat(1_000))
  for (const state of [new TextEncoder().encode('{"broken'), json('text'), json([1]), json(null), deep]) {
    alice.send({ type: 'presence-update', session: 1, id: 5, state })
    await world.flush()
  }
  const told = bob.got('awareness').flatMap(({ entries }) => entries)
  expect(told.filter(({ state }) => state.length > 0)).toEqual([])
})

test('[YWS4] who changes to a state that stock clients cannot read is gone for them, and comes back with another', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  for (const state of [{ at: 1 }, 'reading', { at: 2 }]) {
    alice.presence(9, state)
    await world.flush()
  }
  const told = bob.got('awareness').flatMap(({ entries }) => entries)
  expect(told.map(({ id, state }) => [id, textOf(state)])).toEqual([
    [9, '{"at":1}'],
    [9, ''],
    [9, '{"at":2}'],
  ])
  expect(told.map(({ clock }) => clock)).toEqual(
    [...new Set(told.map(({ clock }) => clock))].sort((a, b) => a - b),
  )
})

test('a client that asks for awareness is told who is there', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.presence(9, { name: 'Alice' })
  const bob = await world.joinStock('notes')
  const before = bob.got('awareness').length
  bob.sendBytes(Uint8Array.of(3))
  await world.flush()
  expect(bob.got('awareness').length).toBe(before + 1)
})

test('a stock client that is sent nothing gets a sign of life well before it leaves', async () => {
  const world = createWorld()
  const bob = await world.joinStock('notes')
  const before = bob.messages.length
  await world.advance(25_000)
  const signs = bob.messages.slice(before)
  expect(signs.length).toBeGreaterThan(0)
  expect(signs.every((message) => message.type === 'awareness' && message.entries.length === 0)).toBe(true)
})

test('[LIM2] a stock client of which nothing is heard, not even a pong, is closed', async () => {
  const world = createWorld()
  const silent = await world.joinStock('notes')
  const pinged = await world.joinStock('notes')
  for (let i = 0; i < 20; i++) {
    await world.advance(5_000)
    pinged.socket.input?.heard()
  }
  expect(silent.socket.closedWith?.reason).toBe('connection/idle')
  expect(pinged.socket.closedWith).toBeNull()
})

test.each([
  ['a refusal', () => ({ refused: 'no' }), closeCodes.denied],
  ['a check that fails', () => Promise.reject(new Error('down')), closeCodes.tryLater],
  ['a document that nobody made', () => ({ principal: 'p', access: 'read' as const }), closeCodes.gone],
])('[ACC1] [ACC2] %s ends a stock client with a code it understands', async (_, authorize, code) => {
  const world = createWorld({ authorize })
  const bob = await world.joinStock('notes')
  expect(bob.socket.closedWith?.code).toBe(code)
  expect(bob.got('step1')).toEqual([])
})

test('[ACC1] a document that cannot have this name ends a stock client for good', async () => {
  const world = createWorld()
  const bob = await world.joinStock('')
  expect(bob.socket.closedWith?.code).toBe(closeCodes.badRequest)
})

test('[ACC2] [ADM4] a stock reader may repeat what is known; what it adds is refused and told', async () => {
  const world = createWorld({
    authorize: ({ token }) => ({ principal: token, access: token === 'r' ? 'read' : 'write' }),
  })
  const alice = await world.join('notes', undefined, { token: 'w' })
  alice.replica.type('a')
  await world.flush()
  const reader = await world.joinStock('notes', { token: 'r' })
  expect(reader.text).toBe('a')
  expect(reader.socket.frames.some((frame) => frame[0] === 2)).toBe(false)
  reader.type('!')
  await world.flush()
  expect(reader.socket.frames.at(-1)?.slice(0, 2)).toEqual(Uint8Array.of(2, 0))
  expect(world.eventsOf('update-refused').map(({ code }) => code)).toEqual(['update/read-only'])
  expect(alice.text).toBe('a')
  alice.replica.type('b')
  await world.flush()
  expect(reader.text).toContain('b')
})

test('[ACC3] a stock client whose access is withdrawn is closed for good', async () => {
  let allowed = true
  const world = createWorld({
    authorize: () => (allowed ? { principal: 'p', access: 'write' } : { refused: 'gone' }),
  })
  const bob = await world.joinStock('notes')
  allowed = false
  world.relay.reauthorize()
  await world.flush()
  expect(bob.socket.closedWith?.code).toBe(closeCodes.revoked)
})

test('[FAIL1] when the disk is full a stock client is sent away for a while', async () => {
  const world = createWorld()
  const bob = await world.joinStock('notes')
  world.log.failAppends(new TidemarkError('log/full', 'no space left'))
  bob.type('x')
  await world.flush()
  expect(bob.socket.closedWith?.code).toBe(closeCodes.tryLater)
})

test('[R2] [YWS3] a stock client that kept back what was still on its way into the log is asked again when that failed', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  world.log.hold()
  world.log.failAppends(new TidemarkError('log/full', 'no space left'))
  bob.type('kept')
  await world.flush()
  bob.socket.hangUp()
  const back = await world.joinStock('notes', { doc: bob.doc })
  world.log.release()
  await world.flush()
  expect(back.socket.closedWith).toBeNull()
  await world.advance(world.relay.limits.resyncMsMin)
  await world.flush()
  expect(alice.text).toBe('kept')
})

test.each([
  ['no message', Uint8Array.of(0)],
  ['a sync message of unknown kind', Uint8Array.of(0, 9, 0)],
  ['a length beyond the frame', Uint8Array.of(0, 2, 200, 1, 1)],
  ['a number that is too large', Uint8Array.of(0, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 127)],
  ['awareness that announces more than it has', Uint8Array.of(1, 2, 200, 1)],
])('[LIM1] %s closes the connection of a stock client', async (_, frame) => {
  const world = createWorld()
  const bob = await world.joinStock('notes')
  // As a socket delivers it: a view into a buffer that holds what others sent.
  const buffer = new Uint8Array(1_000).fill(7)
  buffer.set(frame, 100)
  bob.sendBytes(buffer.subarray(100, 100 + frame.length))
  await world.flush()
  expect(bob.socket.closedWith?.code).toBe(closeCodes.protocolError)
  expect(world.log.appends).toEqual([])
})

test('a state vector that is none is answered with everything', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.replica.type('all')
  await world.flush()
  const bob = await world.joinStock('notes')
  bob.sendBytes(encodeStep1(Uint8Array.of(9, 9)))
  await world.advance(1_000)
  expect(bob.got('step2').length).toBe(2)
})

/** A copy of `doc` in which more was typed, under the same client id. */
function typedOn(doc: Y.Doc, index: number, text: string): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  copy.clientID = doc.clientID
  copy.getText('t').insert(index, text)
  // A document that goes on under an id in use would draw another, and say so.
  copy.clientID = doc.clientID + 1
  return copy
}

test('[YWS2] a document larger than what may be unsent reaches a stock client whole', async () => {
  const limits = { terminateBytesMax: 40_000, bufferedBytesMax: 1_000, updateBytesMax: 33_000 }
  const world = createWorld({ limits: { ...limits, windowBytesMax: 10_000 } })
  const alice = await world.join('notes')
  for (let i = 0; i < 4; i++) {
    alice.replica.type('x'.repeat(20_000))
    await world.flush()
  }
  const bob = await world.joinStock('notes')
  expect(bob.text.length).toBe(80_000)
})

test('[FAN3] a stock client that reads nothing of a large answer is sent no second one', async () => {
  const limits = { terminateBytesMax: 40_000, bufferedBytesMax: 1_000, updateBytesMax: 33_000 }
  const world = createWorld({ limits: { ...limits, windowBytesMax: 10_000, presenceBytesMax: 4_000 } })
  const alice = await world.join('notes')
  for (let i = 0; i < 4; i++) {
    alice.replica.type('x'.repeat(20_000))
    await world.flush()
  }
  const bob = world.stock('notes')
  bob.socket.stall()
  await world.flush()
  for (let i = 0; i < 3; i++) {
    bob.step1()
    await world.advance(1_000)
  }
  expect(bob.socket.frames.filter(({ length }) => length > 80_000).length).toBe(1)
  expect(bob.socket.isTerminated).toBe(false)
  bob.socket.release()
  await world.flush()
  expect(bob.text.length).toBe(80_000)
})

test('[PRE2] a repetition that crosses with the word that somebody left does not bring them back', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  bob.awareness({ id: 8, clock: 0, state: json({}) })
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  const repeated = bob.got('awareness').at(-1)?.entries[0]
  alice.socket.hangUp()
  await world.flush()
  bob.awareness(repeated as never)
  await world.flush()
  const carol = await world.join('notes')
  expect(carol.got('presence-changed').flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([8])
})

test('[LIM1] the clocks of so many participants are remembered, the latest of them', () => {
  const taken: number[] = []
  const everybody = {
    ownerOf: () => undefined,
    set: (_session: unknown, id: number) => taken.push(id),
  }
  const limits = { presenceBytesMax: 100, presenceIdsMax: sentClocksMax }
  const presence = new YWebsocketPresence(everybody as never, {} as never, limits)
  presence.newsIn(Array.from({ length: sentClocksMax + 1 }, (_, id) => ({ id, clock: 7, state: json({}) })))
  presence.received([1, 2, sentClocksMax].map((id) => ({ id, clock: 7, state: json({}) })))
  expect(taken).toEqual([])
  presence.received([{ id: 0, clock: 7, state: json({}) }])
  expect(taken).toEqual([0])
})

test('[YWS4] a stock client that comes back sees again who has not moved since', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  const seen = async (): Promise<number | undefined> => {
    const bob = await world.joinStock('notes')
    const entry = bob
      .got('awareness')
      .flatMap(({ entries }) => entries)
      .at(-1)
    bob.socket.hangUp()
    return entry?.clock
  }
  const before = await seen()
  // It has forgotten Alice, but not her clock: only a later one brings her back.
  expect(await seen()).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY)
})

test('[YWS4] stock clients are told of quiet participants before they forget them, and only of those', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  const native = alice.messages.length
  const toldMs: number[] = []
  for (let ms = 0; ms < 55_000; ms += 1_000) {
    const before = bob.got('awareness').length
    await world.advance(1_000)
    const entries = bob
      .got('awareness')
      .slice(before)
      .flatMap(({ entries }) => entries)
    if (entries.some(({ id, state }) => id === 9 && state.length > 0)) toldMs.push(ms)
  }
  const gaps = toldMs.map((ms, index) => ms - (toldMs[index - 1] ?? 0))
  expect(Math.max(...gaps)).toBeLessThan(30_000)
  expect(toldMs.length).toBeLessThan(6)
  // Native clients forget nobody.
  expect(alice.got('presence-changed').length).toBe(0)
  expect(alice.messages.length).toBe(native)
})

test('[PRE3] a stock client is told one state of somebody who moves in the turn in which the quiet ones are told again', async () => {
  for (let timers = 0; timers < 10; timers++) {
    const world = createWorld()
    const alice = await world.join('notes')
    const bob = await world.joinStock('notes')
    alice.presence(9, { at: 0 })
    for (let passed = 0; passed < timers; passed++) {
      await world.flush()
      world.clock.advanceToNext(Number.POSITIVE_INFINITY)
    }
    const before = bob.got('awareness').length
    alice.presence(9, { at: 1 })
    await world.flush()
    const entries = bob
      .got('awareness')
      .slice(before)
      .flatMap((message) => message.entries)
    expect(entries.map(({ id, state }) => [id, textOf(state)])).toEqual([[9, '{"at":1}']])
  }
})

test('[PRE2] a stock client that asks who is there in the turn in which somebody leaves hears of that', async () => {
  const world = createWorld()
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  alice.presence(9, { name: 'Alice' })
  await world.flush()
  alice.socket.hangUp()
  bob.sendBytes(Uint8Array.of(3))
  await world.flush()
  const last = bob
    .got('awareness')
    .flatMap(({ entries }) => entries)
    .at(-1)
  expect(last?.state.length).toBe(0)
})

test('[YWS3] [ACC3] a stock client that may write again is asked for what it could not send', async () => {
  let access: 'read' | 'write' = 'write'
  const world = createWorld({ authorize: () => ({ principal: 'p', access }) })
  const alice = await world.join('notes')
  const bob = await world.joinStock('notes')
  access = 'read'
  world.relay.reauthorize()
  bob.type('kept')
  await world.flush()
  expect(alice.replica.text).toBe('')
  access = 'write'
  world.relay.reauthorize()
  await world.flush()
  expect(alice.replica.text).toBe('kept')
})
