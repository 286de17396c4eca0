import { expect, test } from 'vitest'
import { Replica } from './testing/replica.ts'
import { createWorld } from './testing/world.ts'

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
