import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateAsUpdateV2,
  encodeStateVector,
  mergeUpdates,
} from 'yjs'
import { othersRetryMs } from './limits.ts'
import { checkAt, createAuthor, lineage, ScriptedRelay } from './testing/scripted-relay.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

async function start(
  relay: ScriptedRelay = new ScriptedRelay(),
): Promise<{ relay: ScriptedRelay; world: World; alice: Device }> {
  const world = createWorld({ accept: relay.accept })
  const alice = world.device()
  await world.flush()
  return { relay, world, alice }
}

const noClocks = new Uint8Array([0])

describe('opening', () => {
  test('hello and all opens leave in the first frame, before the relay has said anything', async () => {
    const relay = new ScriptedRelay()
    const world = createWorld({ accept: relay.accept })
    const alice = world.device()
    alice.client.open('second')
    await world.flush()
    expect(relay.frames[0]?.map(({ type }) => type)).toEqual(['hello', 'open', 'open'])
  })

  test('a replica that has met no relay has no cursor; one that has gives its own', async () => {
    const { relay, world, alice } = await start()
    expect(relay.got('open')[0]).toMatchObject({ document: 'notes', access: 'write', cursor: null })
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.answer = { resume: { kind: 'tail' }, head: 1 }
    relay.hangUp()
    await world.settle()
    expect(relay.got('open')[0]?.cursor).toEqual({ lineage, seq: 1, check: checkAt(1) })
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 1 })
  })

  test('the device is read before the session opens, so that the cursor is known', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.settle()
    alice.reload()
    await world.settle()
    expect(relay.got('open')).toHaveLength(1)
    expect(relay.got('open')[0]?.cursor?.seq).toBe(1)
  })

  test('[C2] the cursor is that of this tab, not what another tab has stored', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.settle()
    const further = { lineage, seq: 9, check: checkAt(9) }
    const own = { lineage, incarnation: null, edits: [], acked: [] }
    await alice.store.write('notes', {
      kind: 'append',
      ...own,
      updates: [],
      move: { after: { lineage, seq: 1, check: checkAt(1) }, cursor: further },
    })
    relay.hangUp()
    await world.settle()
    expect(relay.got('open')[0]?.cursor?.seq).toBe(1)
  })

  test('a closed session with a delay is opened again after it, on the same connection', async () => {
    const relay = new ScriptedRelay()
    relay.answer = null
    const { world, alice } = await start(relay)
    const { session } = relay
    relay.send({ type: 'closed', session, code: 'access/unavailable', message: '', retryAfterMs: 5000 })
    await world.flush()
    expect(alice.document.status).toMatchObject({
      connection: 'refused',
      error: { code: 'access/unavailable', retryAfterMs: 5000 },
    })
    await world.advance(4999)
    expect(relay.got('open')).toHaveLength(1)
    await world.advance(2)
    expect(relay.got('open').map((open) => open.session)).toEqual([session, session + 1])
    expect(alice.network.dials).toBe(1)
  })

  test('[ACK3] what the closed session had sent is sent again by the next', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    const { session } = relay
    relay.send({ type: 'closed', session, code: 'relay/overloaded', message: '', retryAfterMs: 100 })
    await world.advance(200)
    expect(relay.got('push').map((push) => [push.session, push.batch])).toEqual([
      [session, 1],
      [session + 1, 1],
    ])
    expect(alice.network.dials).toBe(1)
  })

  test('a delay of a session that is over sends nothing', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    const { session } = relay
    relay.send(
      { type: 'refused', session, batch: 1, code: 'log/full', message: '', retryAfterMs: 3000 },
      { type: 'closed', session, code: 'relay/overloaded', message: '', retryAfterMs: 5000 },
    )
    await world.advance(6000)
    expect(relay.got('push').map((push) => push.session)).toEqual([session, session + 1])
  })

  test('a document that is closed before the relay has answered is closed there, too', async () => {
    const relay = new ScriptedRelay()
    relay.answer = null
    const { world, alice } = await start(relay)
    const { session } = relay
    await alice.document.close()
    await world.flush()
    expect(relay.got('close')).toMatchObject([{ session }])
  })

  test('[STA2] a closed session without a delay stays closed, with its code, until reconnect()', async () => {
    const relay = new ScriptedRelay()
    relay.answer = null
    const { world, alice } = await start(relay)
    relay.send({
      type: 'closed',
      session: relay.session,
      code: 'access/denied',
      message: 'no',
      retryAfterMs: null,
    })
    await world.settle()
    expect(alice.document.status).toMatchObject({
      connection: 'refused',
      access: null,
      error: { code: 'access/denied' },
    })
    expect(alice.codes).toEqual(['access/denied'])
    expect(relay.got('open')).toHaveLength(1)
    alice.client.reconnect()
    await world.settle()
    expect(alice.network.dials).toBe(2)
    expect(relay.got('open')).toHaveLength(1)
  })
})

describe('reading', () => {
  test('[FAN1] entries are applied in order, and the cursor follows', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'), bob.write('b'))
    relay.entries(3, bob.write('c'))
    await world.flush()
    expect(alice.text).toBe('abc')
    expect(alice.document.status).toMatchObject({ seq: 3, behind: 0 })
  })

  test('[C5] a gap in the seqs ends the connection, and nothing of it is applied', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'))
    bob.write('b')
    relay.entries(3, bob.write('c'))
    await world.flush()
    expect(alice.text).toBe('a')
    expect(alice.document.status.seq).toBe(1)
    expect(alice.codes).toEqual(['session/protocol'])
    await world.settle()
    expect(relay.got('open')[0]?.cursor?.seq).toBe(1)
  })

  test('[C5] an ack that leaves out seqs ends the connection', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    relay.ack(1, 3, 3)
    await world.flush()
    expect(alice.document.status).toMatchObject({ seq: 0, unsaved: 1 })
    expect(alice.codes).toEqual(['session/protocol'])
  })

  test('[FAN1] what arrives twice is applied once', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const [a, b, c] = [bob.write('a'), bob.write('b'), bob.write('c')]
    relay.entries(1, a, b)
    relay.entries(1, a, b)
    relay.entries(2, b, c)
    relay.entries(1, a)
    await world.settle()
    expect(alice.text).toBe('abc')
    expect(alice.document.status.seq).toBe(3)
    expect(alice.codes).toEqual([])
  })

  test('[R4] a snapshot in parts is applied as a whole, then the tail', async () => {
    const relay = new ScriptedRelay()
    relay.answer = { resume: { kind: 'snapshot' }, head: 6 }
    const { world, alice } = await start(relay)
    const bob = createAuthor()
    const whole = mergeUpdates([bob.write('a'), bob.write('b')])
    expect(alice.document.status).toMatchObject({ connection: 'catching-up', behind: 6 })
    const totalBytes = whole.length
    relay.snapshot(5, whole.subarray(0, 10), { totalBytes })
    await world.flush()
    expect(alice.document.status.seq).toBe(0)
    relay.snapshot(5, whole.subarray(10), { totalBytes, offset: 10 })
    relay.entries(6, bob.write('c'))
    await world.flush()
    expect(alice.text).toBe('abc')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 6, behind: 0 })
  })

  test('[R4] a replica that the log was compacted beyond keeps its cursor until the snapshot is there', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const a = bob.write('a')
    relay.entries(1, a)
    await world.flush()
    relay.hangUp()
    alice.type('x', 0)
    relay.answer = { resume: { kind: 'tail' }, head: 6 }
    await world.settle()
    // What it has of its own it sends at once.
    expect(relay.got('push')).toHaveLength(1)
    expect(alice.document.status).toMatchObject({ connection: 'catching-up', seq: 1, behind: 5 })
    relay.snapshot(5, mergeUpdates([a, bob.write('b')]))
    relay.ack(1)
    relay.entries(6, bob.write('c'))
    await world.flush()
    expect(alice.text).toBe('xabc')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 6, unsaved: 0 })
    expect(alice.codes).toEqual([])
  })

  test('[R4] what follows a compressed snapshot waits until that is expanded', async () => {
    const relay = new ScriptedRelay()
    relay.answer = { resume: { kind: 'snapshot' }, head: 2 }
    const { world, alice } = await start(relay)
    const bob = createAuthor()
    bob.write('a')
    const bytes = deflateRawSync(encodeStateAsUpdateV2(bob.doc))
    const { session } = relay
    const [first, second] = [bob.write('b'), bob.write('c')]
    relay.send(
      {
        type: 'snapshot-part',
        session,
        seq: 1,
        check: checkAt(1),
        encoding: 'v2-deflate',
        totalBytes: bytes.length,
        offset: 0,
        bytes,
      },
      { type: 'entries', channel: session + 100, first: 2, check: checkAt(2), updates: [first] },
      { type: 'entries', channel: session + 100, first: 3, check: checkAt(3), updates: [second] },
    )
    await world.flush()
    expect(alice.text).toBe('abc')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 3 })
    expect(alice.codes).toEqual([])
  })

  test('a part at offset 0 begins anew; one that does not continue ends the connection', async () => {
    const relay = new ScriptedRelay()
    relay.answer = { resume: { kind: 'snapshot' }, head: 5 }
    const { world, alice } = await start(relay)
    const bob = createAuthor()
    const whole = bob.write('a')
    const totalBytes = whole.length
    relay.snapshot(4, new Uint8Array(3), { totalBytes: 900 })
    relay.snapshot(5, whole.subarray(0, 4), { totalBytes })
    relay.snapshot(5, whole.subarray(4), { totalBytes, offset: 4 })
    await world.flush()
    expect(alice.text).toBe('a')
    relay.snapshot(9, new Uint8Array(2), { totalBytes: 9, offset: 5 })
    await world.flush()
    expect(alice.codes).toEqual(['session/protocol'])
  })

  test('a snapshot that cannot be expanded ends the connection', async () => {
    const relay = new ScriptedRelay()
    relay.answer = { resume: { kind: 'snapshot' }, head: 5 }
    const { world, alice } = await start(relay)
    const part = { seq: 5, check: checkAt(5), encoding: 'v2-deflate', totalBytes: 2, offset: 0 } as const
    relay.send({ type: 'snapshot-part', session: relay.session, ...part, bytes: new Uint8Array([255, 255]) })
    await world.flush()
    expect(alice.codes).toEqual(['session/protocol'])
  })

  test('messages of a session that is over are ignored', async () => {
    const { relay, world, alice } = await start()
    const old = relay.session
    relay.send({ type: 'closed', session: old, code: 'relay/overloaded', message: '', retryAfterMs: 0 })
    await world.advance(10)
    const bob = createAuthor()
    relay.send({
      type: 'entries',
      channel: old + 100,
      first: 1,
      check: checkAt(1),
      updates: [bob.write('x')],
    })
    relay.send({ type: 'ack', session: old, batch: 1, first: 1, last: 1, check: checkAt(1) })
    await world.flush()
    expect(alice.text).toBe('')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 0 })
  })

  test('[C4] what Yjs cannot integrate moves no cursor: the relay is asked for what is missing', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const [a, b] = [bob.write('a'), bob.write('b')]
    relay.entries(1, b)
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'catching-up', seq: 0 })
    expect(relay.got('state')).toHaveLength(1)
    // What still comes is part of the snapshot.
    relay.entries(2, bob.write('c'))
    relay.snapshot(2, mergeUpdates([a, b]))
    await world.flush()
    expect(alice.text).toBe('ab')
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 2 })
    bob.write('d')
    relay.entries(3, bob.write('e'))
    await world.flush()
    expect(relay.got('state')).toHaveLength(2)
    relay.snapshot(3, encodeStateAsUpdate(bob.doc))
    await world.flush()
    expect(alice.text).toBe('abcde')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 1, seq: 3 })
    expect(alice.codes).toEqual([])
  })

  test('[C4] own entries that are part of the snapshot asked for do not move the cursor before it', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const [a, b] = [bob.write('a'), bob.write('b')]
    alice.type('x')
    await world.flush()
    relay.entries(1, b)
    relay.ack(1, 2, 2)
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'catching-up', seq: 0, unsaved: 0 })
    relay.snapshot(2, mergeUpdates([a, b]))
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 2 })
    expect(alice.codes).toEqual([])
  })

  test('[C4] when that does not help, the document is rebuilt from nothing', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const [a, b] = [bob.write('a'), bob.write('b')]
    relay.entries(1, b)
    await world.flush()
    relay.answer = { resume: { kind: 'snapshot' }, head: 2 }
    relay.snapshot(2, b)
    await world.flush()
    expect(relay.got('close')).toHaveLength(1)
    expect(relay.got('open').at(-1)?.cursor).toBeNull()
    relay.snapshot(2, mergeUpdates([a, b]))
    await world.flush()
    expect(alice.text).toBe('ab')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 2, seq: 2 })
    expect(alice.codes).toContain('replica/rebuilt')
  })

  test('[C4] an update on which Yjs throws moves no cursor: the document is rebuilt', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    const a = bob.write('a')
    relay.answer = { resume: { kind: 'snapshot' }, head: 2 }
    relay.entries(1, a.subarray(0, a.length - 1))
    await world.flush()
    expect(relay.got('open').at(-1)?.cursor).toBeNull()
    expect(alice.document.status.seq).toBe(0)
    relay.entries(1, a)
    await world.settle()
    expect(alice.document.status).toMatchObject({ connection: 'catching-up', generation: 1, seq: 0 })
    relay.entries(2, bob.write('b'))
    await world.settle()
    expect(alice.text).toBe('ab')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 2 })
    // Nothing of the rebuild is stored before it is done, and then all of it.
    const kinds = alice.store.changes.map((change) =>
      change.kind === 'append' && change.move ? 'move' : change.kind,
    )
    expect(kinds).not.toContain('move')
    expect(kinds).toContain('replace')
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('ab')
    expect(alice.document.status.seq).toBe(2)
  })

  test('[LIN2] a resync in the middle of a rebuild is not answered from the document that is being replaced', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('old'))
    await world.flush()
    relay.answer = { resume: { kind: 'snapshot' }, head: 2, lineage: 'b'.repeat(32) }
    const { session } = relay
    relay.send({ type: 'closed', session, code: 'document/other-lineage', message: '', retryAfterMs: null })
    await world.flush()
    const bob = createAuthor()
    relay.entries(1, bob.write('new'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 2, lineage: 'b'.repeat(32) }
    relay.hangUp()
    await world.settle()
    expect(relay.got('open')[0]?.cursor).toMatchObject({ lineage: 'b'.repeat(32), seq: 1 })
    expect(relay.got('push')).toEqual([])
    expect(relay.got('state')).toHaveLength(1)
    bob.write('!')
    relay.snapshot(2, encodeStateAsUpdate(bob.doc))
    await world.flush()
    expect(alice.text).toBe('new!')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 2 })
  })

  test('[LIN2] a rebuild that meets one more history begins anew at once', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('old'))
    await world.flush()
    const closeForOther = async (lineage: string): Promise<void> => {
      relay.answer = { resume: { kind: 'snapshot' }, head: 1, lineage: lineage.repeat(32) }
      const { session } = relay
      relay.send({ type: 'closed', session, code: 'document/other-lineage', message: '', retryAfterMs: null })
      await world.flush()
    }
    await closeForOther('b')
    const opens = relay.got('open').length
    await closeForOther('c')
    expect(relay.got('open')).toHaveLength(opens + 1)
    relay.entries(1, createAuthor().write('newest'))
    await world.flush()
    expect(alice.text).toBe('newest')
    expect(alice.document.status).toMatchObject({ connection: 'live', generation: 2 })
  })

  test('a rebuild that fails is tried again later, not at once', async () => {
    const { relay, world, alice } = await start()
    relay.answer = { resume: { kind: 'snapshot' }, head: 1 }
    const bad = createAuthor().write('a').subarray(0, 8)
    relay.entries(1, bad)
    await world.flush()
    relay.entries(1, bad)
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'refused', error: { code: 'replica/rebuilt' } })
    const opens = relay.got('open').length
    await world.advance(59_000)
    expect(relay.got('open')).toHaveLength(opens)
    await world.advance(2_000)
    expect(relay.got('open')).toHaveLength(opens + 1)
    relay.entries(1, createAuthor().write('good'))
    await world.flush()
    expect(alice.text).toBe('good')
  })
})

describe('writing', () => {
  test('[ACK2] saved() resolves at the ack of the last edit before it, and not before', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    const first = settled(alice.document.saved())
    await world.flush()
    alice.type('b')
    const second = settled(alice.document.saved())
    await world.flush()
    expect([first.done, second.done]).toEqual([false, false])
    expect(relay.got('push').map(({ batch }) => batch)).toEqual([1, 2])
    relay.ack(1, 1, 1)
    await world.flush()
    expect([first.done, second.done]).toEqual([true, false])
    expect(alice.document.status).toMatchObject({ edits: 'saving', unsaved: 1, seq: 1 })
    relay.ack(2, 2, 2)
    await world.flush()
    expect(second.done).toBe(true)
    expect(alice.document.status).toMatchObject({ edits: 'saved', unsaved: 0, seq: 2 })
  })

  test('[ACK2] saved() counts the edit of a transaction that is still running', async () => {
    const { relay, world, alice } = await start()
    let saved: Promise<void> | null = null
    alice.document.doc.transact(() => {
      alice.type('a')
      saved = alice.document.saved()
    })
    const state = settled(saved as unknown as Promise<void>)
    await world.flush()
    expect(state.done).toBe(false)
    relay.ack(1, 1, 1)
    await world.flush()
    expect(state.done).toBe(true)
  })

  test('[ACK2] saved() stays pending while offline, and rejects when the document is closed', async () => {
    const { world, alice } = await start()
    alice.client.disconnect()
    alice.type('a')
    const saved = settled(alice.document.saved())
    await world.settle()
    expect(saved.done).toBe(false)
    await alice.document.close()
    await world.flush()
    expect(saved.error).toMatchObject({ code: 'client/closed' })
  })

  test('edits of one turn travel as one push', async () => {
    const { relay, world, alice } = await start()
    for (const letter of 'hello') alice.type(letter)
    await world.flush()
    expect(relay.got('push')).toHaveLength(1)
  })

  test('[ACK3] what was not acknowledged is sent again after a reconnect', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    relay.hangUp()
    await world.flush()
    alice.type('b')
    relay.answer = { resume: { kind: 'tail' }, head: 0 }
    await world.settle()
    expect(relay.got('push').map(({ batch }) => batch)).toEqual([1])
    relay.ack(1, 1, 1)
    await world.flush()
    expect(alice.document.status.edits).toBe('saved')
  })

  test('[C3] a deletion is an edit like any other', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('abc'))
    await world.flush()
    alice.delete(1, 1)
    await world.flush()
    expect(alice.document.status).toMatchObject({ edits: 'saving', unsaved: 1 })
    expect(relay.got('push')).toHaveLength(1)
    relay.hangUp()
    relay.answer = { resume: { kind: 'tail' }, head: 1 }
    await world.advance(100)
    alice.reload()
    await world.settle()
    expect(relay.got('push')).toHaveLength(1)
  })

  test('no more than the window is on its way; one larger edit travels alone', async () => {
    const relay = new ScriptedRelay()
    relay.limits = { ...relay.limits, windowBytesMax: 300 }
    const { world, alice } = await start(relay)
    for (let i = 0; i < 6; i++) {
      alice.type('x'.repeat(100))
      await world.flush()
    }
    expect(relay.got('push').map(({ batch }) => batch)).toEqual([1, 2])
    relay.ack(1, 1, 1)
    await world.flush()
    expect(relay.got('push')).toHaveLength(3)
    alice.type('y'.repeat(1000))
    relay.ack(3, 2, 3)
    await world.flush()
    relay.ack(4, 4, 4)
    await world.flush()
    relay.ack(5, 5, 5)
    await world.flush()
    relay.ack(6, 6, 6)
    await world.flush()
    expect(relay.got('push').at(-1)?.update.length).toBeGreaterThan(1000)
  })

  test('[C3] an edit larger than the relay takes is refused here, kept, and told', async () => {
    const relay = new ScriptedRelay()
    relay.limits = { ...relay.limits, updateBytesMax: 200 }
    const { world, alice } = await start(relay)
    alice.type('x'.repeat(150))
    await world.flush()
    alice.type('y'.repeat(300))
    const saved = settled(alice.document.saved())
    await world.flush()
    expect(relay.got('push')).toHaveLength(1)
    expect(alice.document.status).toMatchObject({
      edits: 'refused',
      unsaved: 2,
      error: { code: 'update/too-large' },
    })
    expect(saved.error).toMatchObject({ code: 'update/too-large' })
  })

  test('[STA2] [C3] a refusal for good stops sending, keeps the bytes, and rejects saved()', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    const saved = settled(alice.document.saved())
    await world.flush()
    relay.send({
      type: 'refused',
      session: relay.session,
      batch: 1,
      code: 'update/malformed',
      message: 'bad',
      retryAfterMs: null,
    })
    await world.flush()
    alice.type('b')
    await world.settle()
    expect(relay.got('push')).toHaveLength(1)
    expect(saved.error).toMatchObject({ code: 'update/malformed', message: 'bad' })
    expect(alice.document.status).toMatchObject({
      edits: 'refused',
      unsaved: 2,
      error: { code: 'update/malformed' },
    })
    expect((await alice.store.load('notes'))?.outbox).not.toEqual([])
    relay.hangUp()
    relay.answer = { resume: { kind: 'tail' }, head: 0 }
    await world.settle()
    expect(relay.got('push')).toEqual([])
  })

  test('reset() puts what was refused aside and opens the document afresh', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    relay.send({
      type: 'refused',
      session: relay.session,
      batch: 1,
      code: 'update/malformed',
      message: 'bad',
      retryAfterMs: null,
    })
    await world.flush()
    relay.answer = { resume: { kind: 'snapshot' }, head: 1 }
    alice.document.reset()
    await world.flush()
    relay.entries(1, createAuthor().write('theirs'))
    await world.settle()
    expect(alice.text).toBe('theirs')
    expect(alice.document.status).toMatchObject({ generation: 2, edits: 'saved', error: null })
    expect(await alice.client.listAside()).toMatchObject([{ reason: 'reset' }])
    expect(await alice.store.load('notes')).toMatchObject({ outbox: [] })
  })

  test('[ACK3] a refusal with a delay is sent again after it, with all that followed', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    alice.type('b')
    await world.flush()
    const refusal = {
      type: 'refused',
      session: relay.session,
      code: 'log/full',
      message: '',
      retryAfterMs: 3000,
    } as const
    relay.send({ ...refusal, batch: 1 }, { ...refusal, batch: 2 })
    await world.flush()
    alice.type('c')
    await world.advance(2990)
    expect(relay.got('push')).toHaveLength(2)
    await world.advance(20)
    expect(relay.got('push').map(({ batch }) => batch)).toEqual([1, 2, 3])
    relay.ack(3, 1, 1)
    await world.flush()
    expect(alice.document.status).toMatchObject({ edits: 'saved', error: null })
    expect(alice.codes).toEqual(['log/full'])
  })

  test('[STA2] a refusal with a delay is in the status until something is acknowledged', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    const { session } = relay
    relay.send({ type: 'refused', session, batch: 1, code: 'log/full', message: '', retryAfterMs: 3000 })
    await world.advance(3020)
    expect(alice.document.status).toMatchObject({ edits: 'saving', error: { code: 'log/full' } })
  })

  // The batch after one that is refused for now has a gap. The relay then takes nothing but an answer to its resync,
  // and the client took the resync for old news: both waited for ever.
  test('[ACK3] a gap behind a refusal with a delay is answered when the delay is over', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    alice.type('b')
    await world.flush()
    const { session } = relay
    relay.send({ type: 'refused', session, batch: 1, code: 'log/full', message: '', retryAfterMs: 3000 })
    relay.send({ type: 'resync', session, batch: 2, stateVector: noClocks })
    await world.advance(2990)
    expect(relay.got('open')).toHaveLength(1)
    await world.advance(20)
    expect(relay.got('open')).toHaveLength(2)
    await world.settle()
    expect(relay.got('push').map(({ batch }) => batch)).toEqual([1, 2, 1])
  })

  // A relay without room refuses a batch at once, while those before it wait for the log, which then refuses them too.
  // The client took that for old news: the next ack of anything later counted for them as well, and they were lost.
  test('[ACK2] a batch that is refused after a later one was is sent again', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    alice.type('b')
    await world.flush()
    const { session } = relay
    relay.send({
      type: 'refused',
      session,
      batch: 2,
      code: 'relay/overloaded',
      message: '',
      retryAfterMs: 1000,
    })
    relay.send({ type: 'refused', session, batch: 1, code: 'log/full', message: '', retryAfterMs: 500 })
    await world.advance(1010)
    const sent = new Doc()
    for (const { batch, update } of relay.got('push')) if (batch > 2) applyUpdate(sent, update)
    expect(sent.getText('t').toString()).toBe(alice.text)
    expect(alice.text).toHaveLength(2)
    expect(alice.document.status.unsaved).toBe(2)
  })

  test('a status that was read is told all the same', async () => {
    const { relay, world, alice } = await start()
    const told: string[] = []
    alice.document.subscribe(() => told.push(alice.document.status.edits))
    alice.document.doc.on('update', () => alice.document.status)
    alice.type('a')
    await world.flush()
    relay.ack(1, 1, 1)
    await world.flush()
    expect(told).toContain('saving')
    expect(told.at(-1)).toBe('saved')
  })

  test('[R2] a gap in the middle is answered with all that the relay lacks, marked as recovery', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    alice.type('b')
    await world.flush()
    relay.send({ type: 'resync', session: relay.session, batch: 1, stateVector: noClocks })
    await world.flush()
    expect(relay.got('push').map(({ batch, recovery }) => [batch, recovery])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    alice.type('c')
    await world.flush()
    expect(relay.got('push')).toHaveLength(3)
    relay.ack(3, 1, 1)
    await world.flush()
    expect(relay.got('push').at(-1)).toMatchObject({ batch: 4, recovery: false })
    expect(alice.document.status.unsaved).toBe(1)
  })

  test('a relay that finds gaps in everything is told nothing more: the edits are parked', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    for (const batch of [1, 2]) {
      relay.send({ type: 'resync', session: relay.session, batch, stateVector: noClocks })
      await world.flush()
    }
    expect(relay.got('push')).toHaveLength(2)
    expect(alice.document.status).toMatchObject({ edits: 'refused' })
  })

  test('[R3] who cannot give back what a relay asks for is told so, and what it lacks', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 0 }
    relay.hangUp()
    await world.settle()
    relay.send({ type: 'resync', session: relay.session, batch: 1, stateVector: noClocks })
    await world.flush()
    expect(alice.document.status.error).toMatchObject({ code: 'update/malformed' })
    expect(relay.got('state')).toHaveLength(1)
  })

  test('[R3] a resync gives back first, and asks only when that is settled', async () => {
    const { relay, world, alice } = await start()
    const bob = createAuthor()
    relay.entries(1, bob.write('a'), bob.write('b'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 1 }
    relay.hangUp()
    await world.settle()
    expect(relay.got('push')).toMatchObject([{ batch: 1, recovery: true }])
    expect(relay.got('state')).toEqual([])
    expect(alice.document.status.connection).toBe('catching-up')
    relay.ack(1)
    await world.flush()
    expect(relay.got('state')).toHaveLength(1)
    relay.snapshot(4, new Uint8Array([0, 0]))
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 4 })
  })

  test('[R3] what is refused for now is given back by another session, with the same cursor', async () => {
    const { relay, world } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 0 }
    relay.hangUp()
    await world.settle()
    const { session } = relay
    relay.send({ type: 'refused', session, batch: 1, code: 'log/full', message: '', retryAfterMs: 1000 })
    await world.advance(990)
    expect(relay.got('open')).toHaveLength(1)
    await world.advance(20)
    expect(relay.got('open').map(({ cursor }) => cursor?.seq)).toEqual([1, 1])
    expect(relay.got('push')).toMatchObject([{ recovery: true }, { recovery: true }])
  })

  test('[R3] who may only read gives nothing back, and is told what it lacks all the same', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.access = 'read'
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 1 }
    relay.hangUp()
    await world.settle()
    expect(relay.got('push')).toEqual([])
    expect(relay.got('state')).toHaveLength(1)
    relay.snapshot(1, new Uint8Array([0, 0]))
    await world.flush()
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 1 })
  })

  test('[R3] a reader whose cursor is too old for the log, which lacks nothing, goes on from the new one', async () => {
    const { relay, world, alice } = await start()
    const author = createAuthor()
    relay.entries(1, author.write('a'))
    await world.flush()
    relay.access = 'read'
    relay.answer = {
      resume: { kind: 'resync', stateVector: encodeStateVector(alice.document.doc) },
      head: 5,
    }
    relay.hangUp()
    await world.settle()
    relay.snapshot(5, author.write('b'))
    await world.settle()
    expect(alice.document.status).toMatchObject({ connection: 'live', seq: 5 })
    expect(await alice.store.load('notes')).toMatchObject({ cursor: { seq: 5 } })
    relay.hangUp()
    await world.settle()
    expect(relay.got('open').at(-1)?.cursor?.seq).toBe(5)
  })

  test('[R3] when the relay will not have it, own edits are sent on their own', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 0 }
    relay.hangUp()
    alice.type('mine')
    await world.settle()
    const { session } = relay
    relay.send({
      type: 'refused',
      session,
      batch: 1,
      code: 'update/foreign-client',
      message: '',
      retryAfterMs: null,
    })
    await world.flush()
    expect(relay.got('state')).toHaveLength(1)
    expect(relay.got('push').at(-1)).toMatchObject({ batch: 2, recovery: false })
    relay.ack(2)
    await world.flush()
    expect(alice.document.status).toMatchObject({ edits: 'saved', error: null })
    // What it will not have once, it is not offered again.
    alice.type('more')
    await world.flush()
    relay.send({ type: 'resync', session, batch: 3, stateVector: noClocks })
    await world.flush()
    expect(relay.got('push')).toHaveLength(3)
    expect(alice.document.status).toMatchObject({
      edits: 'saving',
      error: { code: 'update/foreign-client' },
    })
    // Somebody else may give back meanwhile what these edits build on: not refused for good, but tried again.
    relay.answer = { resume: { kind: 'tail' }, head: 0 }
    await world.advance(othersRetryMs)
    const again = relay.got('push').at(-1)
    expect(again).toMatchObject({ recovery: false })
    expect(relay.got('push')).toHaveLength(4)
    relay.ack(again?.batch ?? 0)
    await world.flush()
    expect(alice.document.status).toMatchObject({ edits: 'saved', error: null })
  })

  test('with read access edits stay on the device, and leave it when access is given', async () => {
    const relay = new ScriptedRelay()
    relay.access = 'read'
    const { world, alice } = await start(relay)
    alice.type('a')
    await world.settle()
    expect(relay.got('push')).toEqual([])
    expect(alice.document.status).toMatchObject({ connection: 'live', access: 'read', edits: 'refused' })
    // The app is told why, once, and whoever waits is not left waiting.
    expect(alice.document.status.error?.code).toBe('update/read-only')
    expect(alice.codes).toEqual(['update/read-only'])
    await expect(alice.document.saved()).rejects.toMatchObject({ code: 'update/read-only' })
    relay.send({ type: 'access-changed', session: relay.session, access: 'write' })
    await world.flush()
    expect(relay.got('push')).toHaveLength(1)
    expect(alice.document.status).toMatchObject({ access: 'write', edits: 'saving' })
  })

  test('[ACC3] what was sent before access to write was withdrawn is not called refused before it is answered', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.advance(100)
    const { session } = relay
    const saved = alice.document.saved()
    relay.send({ type: 'access-changed', session, access: 'read' })
    await world.flush()
    expect(alice.document.status).toMatchObject({ access: 'read', edits: 'on-device' })
    relay.send({ type: 'ack', session, batch: 1, first: 1, last: 1, check: checkAt(1) })
    await world.flush()
    await saved
    expect(alice.document.status).toMatchObject({ edits: 'saved', unsaved: 0 })
    expect(alice.codes).toEqual([])
  })

  test('an edit refused for want of access is sent when there is access again', async () => {
    const { relay, world, alice } = await start()
    alice.type('a')
    await world.flush()
    const { session } = relay
    relay.send({
      type: 'refused',
      session,
      batch: 1,
      code: 'update/read-only',
      message: '',
      retryAfterMs: null,
    })
    relay.send({ type: 'access-changed', session, access: 'read' })
    await world.flush()
    expect(alice.document.status).toMatchObject({ access: 'read', edits: 'refused' })
    relay.send({ type: 'access-changed', session, access: 'write' })
    await world.flush()
    expect(relay.got('push')).toHaveLength(2)
    expect(alice.document.status).toMatchObject({ edits: 'saving' })
  })
})

describe('[C6] cross-checking', () => {
  test('after a resync the contents are compared, when nothing is left to send', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.answer = { resume: { kind: 'resync', stateVector: noClocks }, head: 1 }
    relay.hangUp()
    await world.settle()
    alice.type('b')
    relay.ack(1)
    await world.flush()
    relay.snapshot(2, new Uint8Array([0, 0]))
    await world.flush()
    expect(relay.got('verify')).toEqual([])
    relay.ack(2, 3, 3)
    await world.flush()
    expect(relay.got('verify')).toMatchObject([{ seq: 3 }])
  })

  async function diverged(): Promise<
    Awaited<ReturnType<typeof start>> & { bob: ReturnType<typeof createAuthor> }
  > {
    const started = await start()
    const { relay, world, alice } = started
    const bob = createAuthor()
    relay.entries(1, bob.write('a'))
    for (let i = 0; i < 16 && relay.got('verify').length === 0; i++) await world.advance(60_000)
    expect(relay.got('verify')).toMatchObject([{ seq: 1 }])
    alice.type('unsent')
    await world.flush()
    relay.answer = { resume: { kind: 'snapshot' }, head: 1 }
    relay.send({ type: 'verified', session: relay.session, seq: 1, outcome: 'different' })
    await world.flush()
    return { ...started, bob }
  }

  test('once in a while an idle session compares; a difference leads to a rebuild that keeps what was not sent', async () => {
    const { relay, world, alice, bob } = await diverged()
    expect(alice.text).toBe('aunsent')
    bob.write('other')
    relay.entries(1, encodeStateAsUpdate(bob.doc))
    await world.flush()
    expect([...alice.text].sort()).toEqual([...'aunsentother'].sort())
    expect(alice.document.status).toMatchObject({ generation: 2, edits: 'saving', unsaved: 1 })
    expect(alice.codes).toEqual(['replica/rebuilt', 'replica/set-aside'])
    await world.advance(100)
    expect(await alice.store.load('notes')).toMatchObject({ outbox: [{}] })
  })

  test('edits that fit to nothing the relay holds are kept aside with the old replica', async () => {
    const { relay, world, alice } = await diverged()
    relay.entries(1, createAuthor().write('other'))
    await world.settle()
    expect(alice.text).toBe('other')
    expect(alice.document.status).toMatchObject({ generation: 2, edits: 'saved', unsaved: 0 })
    const [aside] = await alice.client.listAside()
    expect(aside).toMatchObject({ reason: 'rebuilt' })
    const doc = new Doc()
    applyUpdate(doc, (await alice.client.readAside(aside?.id ?? '')) ?? new Uint8Array())
    expect(doc.getText('t').toString()).toBe('aunsent')
    expect(await alice.store.load('notes')).toMatchObject({ outbox: [] })
  })

  test('equal contents change nothing', async () => {
    const { relay, world, alice } = await start()
    relay.entries(1, createAuthor().write('a'))
    await world.flush()
    relay.send({ type: 'verified', session: relay.session, seq: 1, outcome: 'equal' })
    relay.send({ type: 'verified', session: relay.session, seq: 1, outcome: 'unknown' })
    await world.flush()
    expect(alice.document.status).toMatchObject({ generation: 1, connection: 'live' })
  })

  test('a session that may only read does not ask', async () => {
    const relay = new ScriptedRelay()
    relay.access = 'read'
    const { world } = await start(relay)
    relay.entries(1, createAuthor().write('a'))
    await world.advance(1_800_000)
    expect(relay.got('verify')).toEqual([])
  })
})

function settled(promise: Promise<void>): { done: boolean; error: unknown } {
  const state: { done: boolean; error: unknown } = { done: false, error: null }
  promise.then(
    () => {
      state.done = true
    },
    (error: unknown) => {
      state.error = error
    },
  )
  return state
}
