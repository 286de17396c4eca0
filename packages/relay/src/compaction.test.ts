import { TidemarkError } from '@tidemark/base'
import { digest } from '@tidemark/updates'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { planCompaction } from './compaction.ts'
import { createInlineReplayer } from './inline-replayer.ts'
import { packEntries } from './packed-entries.ts'
import { compact, verify } from './replay.ts'
import type { Replayer, ReplaySource } from './replayer.ts'
import { decodeSummary } from './summary.ts'
import type { TestClient } from './testing/replica.ts'
import { createWorld, type World, type WorldOptions } from './testing/world.ts'

test.each([
  ['nothing new', { entries: 0, bytes: 0 }, 'wait'],
  ['one entry below', { entries: 9, bytes: 0 }, 'wait'],
  ['as many entries as allowed', { entries: 10, bytes: 0 }, 'compact'],
  ['one byte below', { entries: 1, bytes: 99 }, 'wait'],
  ['as many bytes as allowed', { entries: 1, bytes: 100 }, 'compact'],
])('planCompaction: %s', (_, stats, plan) => {
  expect(planCompaction(stats, { entriesMin: 10, bytesMin: 100 })).toBe(plan)
})

async function typed(options: WorldOptions = {}, words = 12): Promise<{ world: World; alice: TestClient }> {
  const world = createWorld({ ...options, limits: { compactEntriesMax: 5, ...options.limits } })
  const alice = await world.join('notes')
  for (let i = 0; i < words; i++) {
    alice.replica.type(`word${i} `)
    if (i % 3 === 0) alice.replica.delete(0, 2)
    await world.flush()
  }
  return { world, alice }
}

/** What a fresh reader sees, and what the entries alone make. */
async function coldText(world: World): Promise<string> {
  world.crash()
  const cold = await world.join('notes')
  return cold.text
}

test('[R4] a snapshot equals the entries that it stands for, and the log keeps what the one before needs', async () => {
  const { world, alice } = await typed()
  const events = world.eventsOf('document-compacted')
  expect(events.length).toBeGreaterThan(1)
  const state = await world.log.load('notes')
  expect(state?.snapshot?.seq).toBe(events.at(-1)?.seq)
  // The floor is the snapshot before the latest: a damaged latest costs time, not content.
  expect(state?.floor).toBe(events.at(-2)?.seq)
  expect(await coldText(world)).toBe(alice.text)
})

// Found by the simulator: the moment of quiet fell into the compaction, was let go, and no other came.
test.each([
  { compactQuietEntriesMin: 2, says: 'enough for a moment of quiet' },
  { compactQuietEntriesMin: 20, says: 'enough in the midst of work' },
])(
  '[R4] what a document has grown by while it was compacted is compacted too: $says',
  async ({ compactQuietEntriesMin }) => {
    const inline = createInlineReplayer()
    let finish = (): void => {}
    const compactSlowly: Replayer['compact'] = (job) =>
      new Promise((resolve) => {
        finish = () => resolve(inline.compact(job))
      })
    const limits = { compactEntriesMax: 4, compactQuietMs: 100, compactQuietEntriesMin }
    const { world, alice } = await typed({ limits, replayer: { ...inline, compact: compactSlowly } }, 3)
    for (let i = 0; i < 4; i++) {
      alice.replica.type('more ')
      await world.flush()
    }
    await world.advance(200)
    finish()
    await world.flush()
    finish()
    await world.flush()
    const head = (await world.log.load('notes'))?.head
    expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([4, head])
  },
)

test('[R4] the long tail that a killed relay left is compacted when the document is only read, too', async () => {
  const limits = { compactEntriesMax: 100, compactQuietMs: 100, compactQuietEntriesMin: 3 }
  const { world } = await typed({ limits }, 4)
  world.crash()
  await world.join('notes')
  await world.advance(200)
  const head = (await world.log.load('notes'))?.head
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([head])
})

test.each(['readSnapshot', 'read', 'writeSnapshot', 'trim'] as const)(
  '[R4] a failure at `%s` leaves a full path, and is told',
  async (method) => {
    const { world, alice } = await typed({ limits: { tailBytesMax: 1 } }, 3)
    world.log.failNext(method, new TidemarkError('log/full', 'no space left'))
    alice.replica.type('fifth')
    await world.flush()
    if (method !== 'trim') expect(world.eventsOf('compaction-failed').length).toBe(1)
    expect(await coldText(world)).toBe(alice.text)
    expect(alice.isUpToDate).toBe(true)
  },
)

test.each(['readSnapshot', 'writeSnapshot', 'trim'] as const)(
  '[R4] a crash at `%s` leaves a full path',
  async (method) => {
    const { world, alice } = await typed()
    const backup = world.copyStore()
    // The call never returns, as far as this relay is concerned.
    world.log.failNext(method, new TidemarkError('log/closed', 'crashed'))
    for (let i = 0; i < 6; i++) {
      alice.replica.type('x')
      await world.flush()
    }
    expect(await coldText(world)).toBe(alice.text)
    world.crash(backup)
    alice.replica.renumber()
    await world.join('notes', alice.replica)
    expect(await coldText(world)).toBe(alice.text)
  },
)

test('after a failure it is not tried again before the log has grown as much again', async () => {
  const { world, alice } = await typed({}, 4)
  for (let i = 0; i < 12; i++) {
    world.log.failNext('writeSnapshot', new TidemarkError('log/full', 'no space left'))
    alice.replica.type('x')
    await world.flush()
  }
  expect(world.eventsOf('compaction-failed').map(({ document }) => document)).toEqual(['notes', 'notes'])
})

// Found by the simulator: a disk that was full for a moment left long tails to documents that nobody wrote to any more.
test('[FAIL1] what there was no room to compact is compacted when there is, though nobody writes', async () => {
  const limits = { compactEntriesMax: 1_000, compactQuietEntriesMin: 10, compactQuietMs: 1_000 }
  const { world } = await typed({ limits })
  world.log.failNext('writeSnapshot', new TidemarkError('log/full', 'no space left'))
  await world.advance(2_100)
  expect(world.eventsOf('compaction-failed').length).toBe(1)
  expect(world.eventsOf('document-compacted')).toEqual([])
  await world.advance(4_000)
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([16])
})

test('a snapshot that does not read back as what it was made from is refused', () => {
  const one = compact({ ...sourceOf('one'), seq: 1, check: '', bytesMax: 1e6 })
  const two = compact({ ...sourceOf('two'), seq: 1, check: '', bytesMax: 1e6 })
  const expected = decodeSummary(one.summary).digest
  expect(() => verify({ seq: 1, ...one }, expected)).not.toThrow()
  expect(() => verify({ seq: 1, summary: one.summary, body: two.body }, expected)).toThrow('differs')
  expect(() => verify({ seq: 1, summary: two.summary, body: one.body }, expected)).toThrow('differs')
})

test('a log with a gap is not compacted', () => {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'a')
  const before = Y.encodeStateVector(doc)
  doc.getText('t').insert(1, 'b')
  const update = Y.encodeStateAsUpdate(doc, before)
  const entries = packEntries([{ update, author: 'p' }])
  expect(() => compact({ snapshot: null, entries, seq: 1, check: '', bytesMax: 1e6 })).toThrow(
    'not acceptable',
  )
})

function sourceOf(text: string): ReplaySource {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, text)
  return { snapshot: null, entries: packEntries([{ update: Y.encodeStateAsUpdate(doc), author: 'p' }]) }
}

test('a snapshot above the limit is not written, and the owner is told', async () => {
  const { world } = await typed({ limits: { snapshotBytesMax: 10 } })
  expect(world.eventsOf('document-compacted')).toEqual([])
  expect(world.eventsOf('compaction-failed')[0]?.message).toContain('bytes')
})

test('a document that leaves memory is compacted when that is worth its while', async () => {
  const limits = { compactEntriesMax: 1_000, compactEvictedEntriesMin: 10, evictAfterMs: 1_000 }
  const { world, alice } = await typed({ limits })
  alice.offline()
  await world.advance(1_000)
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([16])
  expect(await coldText(world)).toBe(alice.text)
})

test('a document that is written no more is compacted earlier', async () => {
  const limits = { compactEntriesMax: 1_000, compactQuietEntriesMin: 10, compactQuietMs: 2_000 }
  const { world, alice } = await typed({ limits })
  await world.advance(1_000)
  alice.replica.type('one more')
  await world.advance(1_900)
  expect(world.eventsOf('document-compacted')).toEqual([])
  await world.advance(2_100)
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([17])
})

const atRest = {
  compactEntriesMax: 1_000,
  compactQuietEntriesMin: 10,
  compactQuietMs: 2_000,
  compactKeptEntries: 2,
}

test('[R4] at rest two snapshots follow each other, and what lies before them is cut off', async () => {
  const { world, alice } = await typed({ limits: atRest }, 60)
  await world.advance(4_100)
  const { head, floor, snapshot } = (await world.log.load('notes'))!
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([head - 2, head])
  expect({ floor, latest: snapshot?.seq }).toEqual({ floor: head - 2, latest: head })
  expect(await coldText(world)).toBe(alice.text)
})

test('[R4] at rest, too, a damaged latest snapshot costs nothing', async () => {
  const { world, alice } = await typed({ limits: atRest }, 60)
  await world.advance(4_100)
  const { rows } = world.store
  const [latest] = rows.snapshots(1)
  rows.overwriteSnapshot(1, latest!, { ...latest!, body: latest!.body.slice(1), crc: 0 })
  expect(await coldText(world)).toBe(alice.text)
})

test('[R4] a difference is made of a document that is compacted twice at rest while it is being read', async () => {
  const { world, alice } = await typed({ limits: atRest }, 60)
  const { readSnapshot } = world.log
  let answer = (): void => {}
  vi.spyOn(world.log, 'readSnapshot').mockImplementationOnce(async (document) => {
    const snapshot = await readSnapshot(document)
    await new Promise<void>((resolve) => {
      answer = resolve
    })
    return snapshot
  })
  const stock = await world.joinStock('notes')
  await world.advance(4_100)
  expect(world.eventsOf('document-compacted').length).toBe(2)
  answer()
  await world.flush()
  expect(world.eventsOf('replay-failed')).toEqual([])
  expect(stock.text).toBe(alice.text)
})

test('at rest a snapshot is not made again for less than it takes itself', async () => {
  const { world, alice } = await typed({ limits: { ...atRest, compactEntriesMax: 20 } }, 2)
  alice.replica.type(Array.from({ length: 5_000 }, (_, at) => (at * at).toString(36)).join(''))
  await world.flush()
  for (let i = 0; i < 28; i++) {
    alice.replica.type('x')
    await world.flush()
  }
  await world.advance(4_100)
  const { head } = (await world.log.load('notes'))!
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([18, head - 2])
})

test('who was away while the document was compacted at rest reads on from memory', async () => {
  const { world, alice } = await typed({ limits: atRest }, 3)
  const bob = await world.join('notes')
  bob.offline()
  for (let i = 0; i < 60; i++) {
    alice.replica.type('word ')
    await world.flush()
  }
  await world.advance(4_100)
  expect(bob.replica.seq).toBeLessThan((await world.log.load('notes'))!.floor)
  const back = await world.join('notes', bob.replica)
  expect(back.text).toBe(alice.text)
  expect(back.got('snapshot-part')).toEqual([])
})

test('bytes bound the log as entries do', async () => {
  const world = createWorld({ limits: { compactBytesMax: 3_000 } })
  const alice = await world.join('notes')
  for (let i = 0; i < 10; i++) {
    alice.replica.type('x'.repeat(1_000))
    await world.flush()
  }
  expect(world.eventsOf('document-compacted').map(({ seq }) => seq)).toEqual([3, 6, 9])
})

test('compaction drops deleted content, and a replica made from it has the digest of one that read every entry', async () => {
  const { world, alice } = await typed({ limits: { compactEntriesMax: 1_000 } })
  const entries = await world.log.read('notes', 0, 1e9)
  const full = new Y.Doc()
  for (const { update } of entries) Y.applyUpdate(full, update)
  world.crash()
  const compacting = createWorld({ limits: { compactEntriesMax: 1 } })
  const first = await compacting.join('notes')
  first.push(1, Y.encodeStateAsUpdate(alice.replica.doc))
  await compacting.flush()
  const reader = await compacting.join('notes')
  expect(reader.got('snapshot-part').length).toBe(1)
  expect(digest(reader.replica.doc)).toEqual(digest(full))
})
