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
  createRandom,
  createRoom,
  loadConcurrentTrace,
  loadSequentialTrace,
  missingBefore,
} from './testing/index.ts'
import { trim } from './trim.ts'

const seeds = Array.from({ length: 30 }, (_, i) => i)

function logOf(seed: number, steps = 120): readonly Uint8Array[] {
  const room = createRoom(seed)
  for (let i = 0; i < steps; i++) room.step()
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
      const overlaps = new Set<string | undefined>()
      for (const [i, update] of log.entries()) {
        Y.applyUpdate(doc, update)
        if (chance(random, 0.2)) {
          const difference = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(behind))
          const inspection = take(known, difference, `difference at ${i}`)
          expect(inspection?.overlap ?? 'none').toBe('none')
          Y.applyUpdate(behind, difference)
        }
      }
      expect([...overlaps]).not.toContain('some')
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

describe('[ADM1] real editing traces', () => {
  // The long one only where it is recorded: a generated one of its length would show nothing that the short one does not.
  const recorded = (process.env['TIDEMARK_TRACES'] ?? '') !== ''
  const names = recorded
    ? (['json-crdt-blog-post', 'automerge-paper'] as const)
    : (['json-crdt-blog-post'] as const)

  test.each(names)('every update of the author of %s is accepted', { timeout: 60_000 }, (name) => {
    const trace = loadSequentialTrace(name)
    const doc = new Y.Doc()
    const known = createKnown()
    doc.on('update', (update: Uint8Array) => take(known, update, 'update'))
    const text = doc.getText('text')
    for (const { patches } of trace.txns) applyPatches(text, patches)
    expect(text.toJSON()).toBe(trace.endContent)
    expect(encodeStateVector(known)).toEqual(Y.encodeStateVector(doc))
  })

  test('every update of two authors is accepted in the order of the trace', { timeout: 60_000 }, () => {
    const trace = loadConcurrentTrace('friendsforever')
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
