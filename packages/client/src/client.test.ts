import { expect, test } from 'vitest'
import { createWorld } from './testing/world.ts'

test('what one types the other reads', async () => {
  const world = createWorld()
  const alice = world.device()
  const bob = world.device()
  alice.type('hello')
  await world.flush()
  expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved' })
  expect(bob.text).toBe('hello')
  bob.type(' world')
  await world.flush()
  expect(alice.text).toBe('hello world')
  expect(alice.errors).toEqual([])
})

test('what was typed offline arrives', async () => {
  const world = createWorld()
  const alice = world.device()
  const bob = world.device()
  await world.flush()
  alice.client.disconnect()
  alice.type('a')
  bob.type('b')
  await world.advance(1000)
  expect(alice.document.status).toMatchObject({ connection: 'offline', edits: 'on-device' })
  alice.reload()
  await world.advance(1000)
  expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved' })
  expect(bob.text).toHaveLength(2)
  expect(alice.text).toBe(bob.text)
})

test('a relay that restarts is come back to', async () => {
  const world = createWorld()
  const alice = world.device()
  const bob = world.device()
  alice.type('a')
  await world.advance(100)
  world.stop()
  alice.type('b')
  bob.type('c')
  await world.advance(5000)
  expect(bob.document.status).toMatchObject({ edits: 'on-device' })
  world.start()
  await world.settle()
  expect(alice.document.status).toMatchObject({ connection: 'live', edits: 'saved' })
  expect(alice.text).toBe(bob.text)
  expect(alice.text).toHaveLength(3)
})

test('every close() waits until all is stored', async () => {
  const world = createWorld()
  const alice = world.device()
  await world.settle()
  alice.store.hold()
  alice.type('x')
  let closed = 0
  for (let times = 0; times < 2; times++) void alice.client.close().then(() => closed++)
  await world.flush()
  expect(closed).toBe(0)
  alice.store.release()
  await world.flush()
  expect(closed).toBe(2)
})

test('[STA2] a token that is no string is told, and asked for again', async () => {
  const world = createWorld()
  let token: unknown = null
  const alice = world.device({ token: () => token as string })
  await world.advance(1000)
  expect(alice.codes).toContain('access/unavailable')
  token = ''
  await world.settle()
  expect(alice.document.status.connection).toBe('live')
})

test('[FAIL6] a listener that throws when the Y.Doc is destroyed does not keep the next handle from loading', async () => {
  const world = createWorld()
  const alice = world.device()
  alice.type('x')
  await world.settle()
  alice.document.doc.on('destroy', () => {
    throw new Error('as the test wants it')
  })
  const closed = alice.document.close()
  const again = alice.client.open('notes')
  await world.settle()
  await closed
  expect(again.status).toMatchObject({ loaded: true, connection: 'live', edits: 'saved' })
  expect(alice.codes).toEqual(['client/listener-threw'])
  await alice.client.close()
  expect(alice.client.status.connection).toBe('closed')
})

test('an edit of a Y.Doc whose handle was closed is not kept, and told', async () => {
  const world = createWorld()
  const alice = world.device()
  await world.settle()
  const { doc } = alice.document
  await alice.document.close()
  doc.getText('t').insert(0, 'late')
  doc.getText('t').insert(0, 'later')
  expect(alice.codes).toEqual(['client/closed'])
})
