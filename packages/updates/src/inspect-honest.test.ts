import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { inspect } from './inspect.ts'
import type { AcceptedInspection } from './inspection.ts'
import { createKnown, type Known, learn } from './known.ts'
import { merge } from './merge.ts'
import type { ClientRange } from './ranges.ts'
import { encodeStateVector } from './state-vector.ts'
import {
  applyPatches,
  chance,
  craftUpdate,
  createRandom,
  createRoom,
  loadConcurrentTrace,
  loadSequentialTrace,
  missingBefore,
} from './testing/index.ts'
import { trim } from './trim.ts'
import { pendingOf } from './yjs-internals.ts'

const seeds = Array.from({ length: 20 }, (_, i) => i)

const logs = new Map<number, readonly Uint8Array[]>()

function logOf(seed: number): readonly Uint8Array[] {
  const log = logs.get(seed) ?? writeLog(seed)
  logs.set(seed, log)
  return log
}

function writeLog(seed: number): readonly Uint8Array[] {
  const room = createRoom(seed)
  for (let i = 0; i < 120; i++) room.step()
  room.settle()
  room.close()
  return room.log
}

/** What is inspected as accepted is learned; a duplicate is passed over; anything else fails the test. */
function take(known: Known, update: Uint8Array, what: string): AcceptedInspection | null {
  const inspection = inspect(update, known)
  if (inspection.kind === 'duplicate') return null
  if (inspection.kind !== 'accepted') throw new Error(`${what}: ${JSON.stringify(inspection)}`)
  learn(known, inspection)
  return inspection
}

/** Clocks and deleted clocks, spelled out one by one: slow, and nothing to get wrong. */
class Model {
  readonly structs = new Set<string>()
  readonly deletes = new Set<string>()

  addOf(update: Uint8Array): { structs: string[]; deletes: string[] } {
    const { structs, ds } = Y.decodeUpdate(update)
    const ranges = [...ds.clients].flatMap(([client, items]) =>
      items.map(({ clock, len }) => ({ client, clock, length: len })),
    )
    const own = structs.map(({ id, length }) => ({ client: id.client, clock: id.clock, length }))
    return { structs: addAll(this.structs, own), deletes: addAll(this.deletes, ranges) }
  }
}

function addAll(set: Set<string>, ranges: readonly ClientRange[]): string[] {
  const added = idsOf(ranges).filter((id) => !set.has(id))
  for (const id of added) set.add(id)
  return added
}

function idsOf(ranges: readonly ClientRange[]): string[] {
  return ranges.flatMap(({ client, clock, length }) =>
    Array.from({ length }, (_, i) => `${client}:${clock + i}`),
  )
}

describe('[ADM1] what honest authors write through every shared type', () => {
  test.each(seeds)('is accepted in log order and understood as Yjs understands it (seed %i)', (seed) => {
    const known = createKnown()
    const model = new Model()
    const doc = new Y.Doc()
    for (const [i, update] of logOf(seed).entries()) {
      const inspection = take(known, update, `entry ${i}`)
      const expected = model.addOf(update)
      expect(idsOf(inspection?.adds ?? []).sort()).toEqual(expected.structs.sort())
      expect(idsOf(inspection?.newDeletes ?? []).sort()).toEqual(expected.deletes.sort())
      Y.applyUpdate(doc, update)
    }
    expect(encodeStateVector(known)).toEqual(Y.encodeStateVector(doc))
  })

  test.each(seeds)(
    'is accepted by a log that holds just what it depends on, by none that holds less (seed %i)',
    (seed) => {
      const known = createKnown()
      for (const [i, update] of logOf(seed).entries()) {
        const dependencies = take(known, update, `entry ${i}`)?.dependencies
        if (dependencies === undefined) continue
        const holding = (client: number, less: number): Known => {
          const clocks = new Map(dependencies)
          if (less > 0) clocks.set(client, (clocks.get(client) ?? 0) - less)
          return { clocks, deleted: new Map() }
        }
        const kinds = [...dependencies.keys()].map((client) => inspect(update, holding(client, 1)).kind)
        expect(inspect(update, holding(0, 0)).kind).toBe('accepted')
        expect(kinds.filter((kind) => kind !== 'gap')).toEqual([])
      }
    },
  )

  test.each(seeds)('is accepted when it is merged, in batches or whole (seed %i)', (seed) => {
    const random = createRandom(seed)
    const log = logOf(seed)
    const known = createKnown()
    for (let from = 0; from < log.length; ) {
      const to = from + 1 + Math.floor(random() * 20)
      take(known, merge(log.slice(from, to)), `entries ${from} to ${to}`)
      from = to
    }
    const whole = createKnown()
    take(whole, merge(log), 'all entries')
    expect(whole).toEqual(known)
  })

  test.each(seeds)(
    'is accepted as the difference between two replicas, and as a whole replica (seed %i)',
    (seed) => {
      const random = createRandom(seed)
      const log = logOf(seed)
      const known = createKnown()
      const doc = new Y.Doc({ gc: seed % 2 === 0 })
      const behind = new Y.Doc()
      for (const [i, update] of log.entries()) {
        Y.applyUpdate(doc, update)
        if (chance(random, 0.2)) {
          const difference = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(behind))
          const inspection = take(known, difference, `difference at ${i}`)
          expect(inspection?.overlap ?? 'none').toBe('none')
          Y.applyUpdate(behind, difference)
        }
      }
      take(known, Y.encodeStateAsUpdate(doc), 'the whole document')
      expect(encodeStateVector(known)).toEqual(Y.encodeStateVector(doc))
      expect(inspect(Y.encodeStateAsUpdate(doc), known)).toEqual({ kind: 'duplicate' })
    },
  )

  test.each(seeds)('is accepted by a log that lost its tail, once it is trimmed (seed %i)', (seed) => {
    const log = logOf(seed)
    const known = createKnown()
    const doc = new Y.Doc()
    for (const update of log.slice(0, log.length / 2)) take(known, update, 'kept entry')
    for (const update of log) Y.applyUpdate(doc, update)
    const whole = Y.encodeStateAsUpdate(doc)
    const inspection = inspect(whole, known)
    if (inspection.kind !== 'accepted') throw new Error(JSON.stringify(inspection))
    const trimmed = inspect(trim(whole, inspection), known)
    expect(trimmed).toMatchObject({ kind: 'accepted', overlap: 'none', structs: inspection.adds })
  })
})

/** What a stock client sends that missed some entries of the log and received the ones after: `Skip` structs. */
describe('[R2] what a replica sends that holds something pending', () => {
  const kinds = new Set<string>()

  test.each(seeds)('is a gap until the log has what it lacks, and never refused (seed %i)', (seed) => {
    const random = createRandom(seed)
    const log = logOf(seed)
    const holes = new Y.Doc()
    for (const update of log) if (chance(random, 0.8)) Y.applyUpdate(holes, update)
    const update = Y.encodeStateAsUpdate(holes)
    const known = createKnown()
    const doc = new Y.Doc()
    for (const entry of log) {
      const inspection = inspect(update, known)
      kinds.add(inspection.kind)
      if (inspection.kind === 'refused') throw new Error(inspection.message)
      if (inspection.kind === 'accepted' && chance(random, 0.2)) {
        const trimmed = trim(update, inspection)
        const again = inspect(trimmed, known)
        expect(again).toMatchObject({ kind: 'accepted', overlap: 'none', structs: inspection.adds })
        expect(inspect(update, { clocks: new Map(inspection.dependencies), deleted: new Map() }).kind).toBe(
          'accepted',
        )
        const reader = new Y.Doc()
        Y.applyUpdate(reader, Y.encodeStateAsUpdate(doc))
        Y.applyUpdate(reader, trimmed)
        expect(pendingOf(reader)).toBe(false)
      }
      take(known, entry, 'entry')
      Y.applyUpdate(doc, entry)
    }
    // At most deletions: Yjs also deletes what it integrates into something deleted, and no entry says so.
    const last = inspect(update, known)
    expect(last.kind === 'accepted' ? last.adds : last).toEqual(
      last.kind === 'accepted' ? [] : { kind: 'duplicate' },
    )
  })

  test('both happened', () => {
    expect([...kinds]).toEqual(expect.arrayContaining(['accepted', 'gap']))
  })

  test('counts from its last placeholder on', () => {
    const doc = new Y.Doc()
    doc.clientID = 7
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (const text of ['a', 'bc', 'd', 'e']) doc.getText('t').insert(0, text)
    const [a, bc, d, e] = updates as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    const update = Y.mergeUpdates([a, d])
    const known = createKnown()
    take(known, a, 'a')
    expect(inspect(update, known)).toMatchObject({ kind: 'gap', client: 7, has: 1, needs: 2 })
    take(known, bc, 'bc')
    const inspection = inspect(update, known)
    if (inspection.kind !== 'accepted') throw new Error(inspection.kind)
    expect(inspection).toMatchObject({ adds: [{ client: 7, clock: 3, length: 1 }], overlap: 'some' })
    expect(Y.decodeUpdate(trim(update, inspection)).structs).toEqual(Y.decodeUpdate(d).structs)
    take(known, d, 'd')
    take(known, e, 'e')
    expect(inspect(update, known)).toEqual({ kind: 'duplicate' })
  })
})

test('[ADM1] deletions of clients in any order are accepted: ports of Yjs do not sort them', () => {
  const known = createKnown()
  for (const client of [1, 2]) known.clocks.set(client, 5)
  const ascending = craftUpdate(
    [],
    [1, 2].map((client) => ({ client, ranges: [[0, 2]] })),
  )
  const inspection = take(known, ascending, 'ascending')
  expect(inspection?.newDeletes.map(({ client }) => client)).toEqual([1, 2])
  const more = craftUpdate(
    [],
    [1, 2].map((client) => ({ client, ranges: [[1, 2]] })),
  )
  const trimmed = inspect(more, known)
  if (trimmed.kind !== 'accepted') throw new Error(trimmed.kind)
  expect(inspect(trim(more, trimmed), known)).toMatchObject({ deletes: trimmed.newDeletes })
})

describe('[ADM1] real editing traces', () => {
  // Enough for thousands of items and deletions in all of them; longer ones take longer and show nothing else.
  const generatedEdits = 6000
  // The long one only where it is recorded: a generated one of its length would show nothing that the short one does not.
  const recorded = (process.env['TIDEMARK_TRACES'] ?? '') !== ''
  const names = recorded
    ? (['json-crdt-blog-post', 'automerge-paper'] as const)
    : (['json-crdt-blog-post'] as const)

  test.each(names)('every update of the author of %s is accepted', { timeout: 60_000 }, (name) => {
    const trace = loadSequentialTrace(name, generatedEdits)
    const doc = new Y.Doc()
    const known = createKnown()
    doc.on('update', (update: Uint8Array) => take(known, update, 'update'))
    const text = doc.getText('text')
    for (const { patches } of trace.txns) applyPatches(text, patches)
    expect(text.toJSON()).toBe(trace.endContent)
    expect(encodeStateVector(known)).toEqual(Y.encodeStateVector(doc))
  })

  test('every update of two authors is accepted in the order of the trace', { timeout: 60_000 }, () => {
    const trace = loadConcurrentTrace('friendsforever', generatedEdits)
    const known = createKnown()
    const updates: Uint8Array[] = []
    const docs = Array.from({ length: trace.numAgents }, () => new Y.Doc())
    for (const [agent, doc] of docs.entries()) {
      doc.clientID = agent + 1
      doc.on('update', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
        if (local) updates.push(update)
      })
    }
    const missing = missingBefore(trace)
    for (const [i, { agent, patches }] of trace.txns.entries()) {
      const doc = docs[agent] as Y.Doc
      for (const index of missing[i] ?? []) Y.applyUpdate(doc, updates[index] as Uint8Array)
      applyPatches(doc.getText('text'), patches)
      take(known, updates[i] as Uint8Array, `update ${i}`)
    }
    const merged = new Y.Doc()
    Y.applyUpdate(merged, merge(updates))
    expect(merged.getText('text').toJSON()).toBe(trace.endContent)
    expect(encodeStateVector(known)).toEqual(Y.encodeStateVector(merged))
  })
})
