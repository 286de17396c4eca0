import { expect, test, vi } from 'vitest'
import { createInlineReplayer } from './inline-replayer.ts'
import type { Replayer } from './replayer.ts'
import { createWorld, type World } from './testing/world.ts'

/** A document of 40 entries that is on disk only. */
async function stored(world: World): Promise<string> {
  const alice = await world.join('notes')
  for (let i = 0; i < 40; i++) {
    alice.replica.type('word ')
    await world.flush()
  }
  world.crash()
  return alice.text
}

test('[R4] who opens a document that nobody has in memory is sent what was read to open it', async () => {
  const world = createWorld({ limits: { readBytes: 100, tailBytesMax: 1_000 } })
  const text = await stored(world)
  const read = vi.spyOn(world.log, 'read')
  const bob = await world.join('notes')
  expect(bob.text).toBe(text)
  const afters = read.mock.calls.map(([, after]) => after)
  expect(afters.length).toBeGreaterThan(5)
  expect(new Set(afters).size).toBe(afters.length)
})

test('[LIM1] when the document is open its tail is no larger than it may be', async () => {
  const world = createWorld({ limits: { tailBytesMax: 3_000 } })
  const text = await stored(world)
  const bob = await world.join('notes')
  expect(bob.text).toBe(text)
  expect(world.relay.stats().tailBytes).toBeLessThanOrEqual(3_000)
  expect(world.relay.stats().tailBytes).toBeGreaterThan(2_000)
})

test('the log is asked for the snapshot before it has answered where the document stands', async () => {
  const world = createWorld()
  await stored(world)
  vi.spyOn(world.log, 'load').mockReturnValue(new Promise(() => {}))
  const readSnapshot = vi.spyOn(world.log, 'readSnapshot')
  await world.join('notes')
  await world.join('notes')
  expect(readSnapshot).toHaveBeenCalledTimes(1)
})

test('[R4] a document is opened that is compacted twice at rest while the log is asked for it', async () => {
  const limits = {
    evictAfterMs: 1_000,
    compactEvictedEntriesMin: 20,
    compactKeptEntries: 2,
    tailBytesMax: 10_000,
  }
  const inline = createInlineReplayer()
  let compact = (): void => {}
  const compacting = new Promise<void>((resolve) => {
    compact = resolve
  })
  const replayer: Replayer = { ...inline, compact: (job) => compacting.then(() => inline.compact(job)) }
  const world = createWorld({ limits, replayer })
  const alice = await world.join('notes')
  for (let i = 0; i < 60; i++) {
    alice.replica.type('word ')
    await world.flush()
  }
  alice.socket.hangUp()
  await world.advance(1_000)
  let answer = (): void => {}
  const { load } = world.log
  vi.spyOn(world.log, 'load').mockImplementationOnce(async (document) => {
    const state = await load(document)
    await new Promise<void>((resolve) => {
      answer = resolve
    })
    return state
  })
  const bob = await world.join('notes')
  compact()
  await world.flush()
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([58, 60])
  answer()
  await world.flush()
  expect(bob.got('closed')).toEqual([])
  expect(bob.text).toBe(alice.text)
})
