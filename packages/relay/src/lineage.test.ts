import { expect, test } from 'vitest'
import { isLineageOf, newLineage } from './lineage.ts'
import { Replica } from './testing/replica.ts'
import { createWorld } from './testing/world.ts'

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

test('a lineage is the documented formula, and of its document only', () => {
  const lineage = newLineage('notes', bytes)
  // printf '\x00\x01\x02\x03\x04\x05\x06\x07notes' | sha256sum | cut -c 1-16
  expect(lineage).toBe('0001020304050607a890200d4b754991')
  expect([isLineageOf(lineage, 'notes'), isLineageOf(lineage, 'note')]).toEqual([true, false])
})

test('[LIN1] [R3] a document that a restored backup never knew is made again with its lineage, and gets back what it held', async () => {
  const world = createWorld()
  const backup = world.copyStore()
  const alice = await world.join('notes')
  const bob = await world.join('notes')
  alice.replica.type('by alice. ')
  await world.flush()
  bob.replica.type('by bob. ')
  await world.flush()
  const { lineage } = alice.replica
  world.crash(backup)
  const again = await world.join('notes', alice.replica)
  expect(again.opened?.lineage).toBe(lineage)
  expect(world.eventsOf('loss-proven').map(({ seq, head }) => [seq, head])).toEqual([[2, 0]])
  expect((await world.join('notes')).text).toBe('by alice. by bob. ')
  expect((await world.join('notes', bob.replica)).got('closed')).toEqual([])
})

test.each(['read', 'write'] as const)(
  '[LIN1] of several who open a lost document in the same moment, the one who proves a lineage counts: to %s',
  async (access) => {
    const world = createWorld()
    const backup = world.copyStore()
    const alice = await world.join('notes')
    alice.replica.type('held')
    await world.flush()
    world.crash(backup)
    const carol = world.connect()
    const again = world.connect(alice.replica)
    carol.hello()
    carol.open('notes')
    again.hello()
    again.open('notes', { access })
    await world.flush()
    expect(carol.opened?.lineage).toBe(alice.opened?.lineage)
    await world.join('notes', alice.replica)
    expect(carol.text).toBe('held')
  },
)

test('[LIN1] a replica that comes when a lost document has been made afresh is of another lineage', async () => {
  const world = createWorld()
  const backup = world.copyStore()
  const alice = await world.join('notes')
  alice.replica.type('held')
  await world.flush()
  world.crash(backup)
  await world.join('notes')
  const again = await world.join('notes', alice.replica)
  expect(again.got('closed').map(({ code }) => code)).toEqual(['document/other-lineage'])
})

test.each(['another document', 'nobody'])(
  '[LIN1] a cursor issued for %s does not name a lineage',
  async (whose) => {
    const world = createWorld()
    const alice = await world.join('notes')
    alice.replica.type('a')
    await world.flush()
    const replica = new Replica()
    replica.lineage = whose === 'nobody' ? newLineage('other', bytes) : alice.replica.lineage
    replica.seq = alice.replica.seq
    replica.check = alice.replica.check
    const mallory = await world.join('other', replica)
    expect(mallory.got('closed').map(({ code }) => code)).toEqual(['document/other-lineage'])
    const bob = await world.join('other')
    expect(bob.opened?.lineage).not.toBe(replica.lineage)
  },
)
