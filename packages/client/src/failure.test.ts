import { isDead, pendingOf } from '@tidemark/updates'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createWorld, type Device } from './testing/world.ts'

async function pair(): Promise<{ world: ReturnType<typeof createWorld>; alice: Device; bob: Device }> {
  const world = createWorld()
  const [alice, bob] = [world.device(), world.device()]
  alice.type('hello')
  await world.settle()
  return { world, alice, bob }
}

function attempt(run: () => void): void {
  try {
    run()
  } catch {
    // The app's own listener threw into the app's own edit.
  }
}

describe('[FAIL6] a document whose events died', () => {
  const listeners = {
    update: 'a listener of "update"',
    afterTransactionCleanup: 'a listener of "afterTransactionCleanup"',
    beforeTransaction: 'a listener of "beforeTransaction"',
  } as const

  for (const [event, name] of Object.entries(listeners)) {
    test(`${name} that throws loses no edit`, async () => {
      const { world, alice, bob } = await pair()
      const { doc } = alice.document
      let throws = true
      doc.on(event as 'update', () => {
        if (throws) throw new Error('an app')
      })
      attempt(() => alice.type('A'))
      expect(isDead(doc)).toBe(true)
      throws = false
      // In the same turn: these are applied, and no event tells of them.
      attempt(() => alice.type('B'))
      attempt(() => alice.delete(0, 1))
      await world.flush()
      expect(isDead(doc)).toBe(false)
      expect(alice.document.doc).toBe(doc)
      alice.type('C')
      await world.settle()
      expect(alice.text).toMatch(/^ello.*C$/)
      expect(bob.text).toBe(alice.text)
      expect(alice.document.status).toMatchObject({ edits: 'saved', generation: 1, error: null })
      expect(alice.codes).toEqual(['client/listener-threw'])
      alice.reload()
      alice.client.disconnect()
      await world.settle()
      expect(alice.text).toBe(bob.text)
    })
  }

  test('it survives a remote update during which a listener throws', async () => {
    const { world, alice, bob } = await pair()
    const { doc } = alice.document
    doc.once('update', () => {
      throw new Error('an app')
    })
    bob.type(' world')
    await world.settle()
    expect(alice.text).toBe('hello world')
    alice.type('!')
    await world.settle()
    expect(bob.text).toBe('hello world!')
    expect(alice.codes).toEqual(['client/listener-threw'])
  })

  test('when Yjs itself fails the document is rebuilt from the relay, and the app is given another', async () => {
    const { world, alice, bob } = await pair()
    const before = alice.document.doc
    const seen: number[] = []
    alice.document.subscribe(() => seen.push(alice.document.status.generation))
    // A deletion of length 0: Yjs takes it, fails while it tidies up, and can never load again what it then holds.
    const poison = Uint8Array.from(Buffer.from('01010700010101740000', 'hex'))
    attempt(() => Y.applyUpdate(before, poison, 'another provider'))
    expect(isDead(before)).toBe(true)
    alice.type(' kept?', 0)
    await world.settle()
    expect(alice.document.doc).not.toBe(before)
    expect(seen).toContain(2)
    expect(alice.document.status).toMatchObject({ generation: 2, connection: 'live', edits: 'saved' })
    expect(alice.text).toBe('hello')
    expect(alice.codes).toContain('replica/rebuilt')
    expect(alice.codes).toContain('replica/set-aside')
    alice.type(' again')
    await world.settle()
    expect(bob.text).toBe('hello again')
    before.getText('t').insert(0, 'stray')
    expect(alice.errors.at(-1)?.message).toContain('replaced')
  })
})

describe('[FAIL6] observers that throw', () => {
  test('an observer that throws during a remote update does not stop the replica', async () => {
    const { world, alice, bob } = await pair()
    const observer = (): void => {
      throw new Error('an app')
    }
    alice.document.doc.getText('t').observe(observer)
    bob.type(' world')
    await world.settle()
    expect(alice.text).toBe('hello world')
    expect(alice.document.status).toMatchObject({ generation: 1, seq: bob.document.status.seq, error: null })
    expect(alice.codes).toEqual(['client/listener-threw'])
  })

  test('what comes from others is a remote transaction for bindings and undo', async () => {
    const { world, alice, bob } = await pair()
    const local: boolean[] = []
    alice.document.doc.getText('t').observe((_, transaction) => local.push(transaction.local))
    bob.type('?')
    await world.settle()
    expect(local).toEqual([false])
  })

  test('[C3] what a document edits while it is being rebuilt is an own edit', async () => {
    const world = createWorld()
    const bob = world.device()
    bob.type('hello')
    // As Yjs does when it reads formats: an edit in answer to a remote one.
    const createDoc = (): Y.Doc => {
      const doc = new Y.Doc()
      doc.getText('t').observe(({ transaction }) => {
        const made = doc.getMap('made')
        if (!transaction.local && !made.has(String(doc.clientID))) made.set(String(doc.clientID), true)
      })
      return doc
    }
    const alice = world.device({ createDoc })
    await world.settle()
    alice.document.reset()
    await world.settle()
    expect(alice.document.status).toMatchObject({ generation: 2, edits: 'saved' })
    expect(bob.document.doc.getMap('made').has(String(alice.document.doc.clientID))).toBe(true)
  })

  test.each(['before', 'after'])(
    '[C3] an edit is known here before the app is told of it, which listens since %s something was received',
    async (since) => {
      const { world, alice, bob } = await pair()
      const told: string[] = []
      const listen = (): void => {
        alice.document.doc.on('update', () => told.push(alice.document.status.edits))
      }
      if (since === 'before') listen()
      bob.type('?', 0)
      await world.settle()
      if (since === 'after') listen()
      alice.type('!')
      expect(told.at(-1)).toBe('saving')
    },
  )

  test('[C3] what a listener edits within a remote transaction is an own edit', async () => {
    const { world, alice, bob } = await pair()
    alice.document.doc.once('beforeTransaction', () => alice.type('!'))
    bob.type('?', 0)
    await world.settle()
    expect(alice.text).toBe('?hello!')
    expect(bob.text).toBe('?hello!')
  })

  test('[FAIL5] a failing store, a full outbox, a throwing onError: nothing throws into the edit', async () => {
    const { world, alice } = await pair()
    alice.store.fail()
    alice.client.disconnect()
    for (let i = 0; i < 2000; i++) expect(() => alice.type('x')).not.toThrow()
    await world.advance(1000)
    expect(alice.document.status).toMatchObject({ edits: 'in-memory' })
    expect(alice.document.status.error?.code).toBe('store/failed')
  })

  test('[FAIL5] a store that throws instead of rejecting does not throw into the edit', async () => {
    const { world, alice } = await pair()
    const { write } = alice.store
    alice.store.write = () => {
      throw new Error('a store')
    }
    alice.environment.tell('hidden')
    expect(() => alice.type('!')).not.toThrow()
    expect(isDead(alice.document.doc)).toBe(false)
    alice.store.write = write
    await world.settle()
    expect(alice.document.status).toMatchObject({ edits: 'saved', error: null })
    alice.reload()
    alice.client.disconnect()
    await alice.document.loaded
    expect(alice.text).toBe('hello!')
  })

  test('a subscriber that throws is reported, and the others are told', async () => {
    const { world, alice } = await pair()
    let told = 0
    alice.document.subscribe(() => {
      throw new Error('an app')
    })
    alice.document.subscribe(() => told++)
    alice.type('!')
    await world.settle()
    expect(told).toBeGreaterThan(0)
    expect(new Set(alice.codes)).toEqual(new Set(['client/listener-threw']))
  })
})

describe('[FAIL6] structs that stay pending', () => {
  // Five tiny updates in two batches that Yjs never integrates, though it has received everything.
  function stuckBatches(): [Uint8Array, Uint8Array] {
    const [p, q] = [new Y.Doc(), new Y.Doc()]
    p.clientID = 20
    q.clientID = 10
    const updates: Uint8Array[] = []
    const step = (doc: Y.Doc, other: Y.Doc, run: () => void): void => {
      doc.once('update', (update: Uint8Array) => {
        updates.push(update)
        Y.applyUpdate(other, update)
      })
      run()
    }
    const [pt, qt] = [p.getText('t'), q.getText('t')]
    step(p, q, () => pt.insert(0, 'ppp'))
    step(q, p, () => qt.insert(3, 'qqq'))
    step(p, q, () => pt.insert(6, 'P'))
    step(q, p, () => qt.insert(7, 'Q'))
    step(q, p, () => qt.insert(0, 'Z'))
    const [u1, u2, u3, u4, u5] = updates as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    return [Y.mergeUpdates([u1, u3, u5]), Y.mergeUpdates([u2, u4])]
  }

  test('the batches are as bad as they are meant to be', () => {
    const doc = new Y.Doc()
    for (const batch of stuckBatches()) Y.applyUpdate(doc, batch)
    expect(pendingOf(doc)).toBe(true)
  })

  test('what another provider left pending is mended by the relay, or the document is rebuilt without it', async () => {
    const { world, alice, bob } = await pair()
    for (const batch of stuckBatches()) Y.applyUpdate(alice.document.doc, batch, 'another provider')
    expect(pendingOf(alice.document.doc)).toBe(true)
    bob.type('!')
    await world.settle()
    expect(pendingOf(alice.document.doc)).toBe(false)
    expect(alice.text).toContain('hello!')
    expect(alice.text).toBe(bob.text)
    expect(alice.document.status).toMatchObject({ connection: 'live', behind: 0 })
    alice.type('?')
    await world.settle()
    expect(bob.text).toBe(alice.text)
  })
})

test('[STA1] edits of a Y.Doc that the app has destroyed are captured all the same', async () => {
  const world = createWorld()
  const [alice, bob] = [world.device(), world.device()]
  await world.settle()
  alice.document.doc.destroy()
  alice.type('at once, ')
  await world.flush()
  alice.type('later, ')
  await world.settle()
  alice.document.doc.destroy()
  alice.type('again')
  await world.settle()
  expect(bob.text).toBe('at once, later, again')
  expect(alice.document.status.edits).toBe('saved')
})
