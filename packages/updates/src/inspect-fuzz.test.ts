import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { inspect } from './inspect.ts'
import { createKnown, type Known, learn } from './known.ts'
import { below, craftHostileUpdate, createRandom, createRoom, hexOf, mutate } from './testing/index.ts'
import { trim } from './trim.ts'
import { isDead, pendingOf } from './yjs-internals.ts'

const seeds = Array.from({ length: 20 }, (_, i) => i)
const mutationsPerSeed = 200

interface Prefix {
  readonly known: Known
  /** A whole replica of what is known, as one update. */
  readonly state: Uint8Array
  /** What the log's next entries would have been. */
  readonly next: readonly Uint8Array[]
}

const prefixes = new Map<number, Prefix>()

function prefixOf(seed: number): Prefix {
  const prefix = prefixes.get(seed) ?? writePrefix(seed)
  prefixes.set(seed, prefix)
  return { ...prefix, known: structuredClone(prefix.known) }
}

function writePrefix(seed: number): Prefix {
  const room = createRoom(seed)
  for (let i = 0; i < 60; i++) room.step()
  room.settle()
  room.close()
  const length = 1 + below(createRandom(seed), room.log.length - 1)
  const doc = new Y.Doc()
  const known = createKnown()
  for (const update of room.log.slice(0, length)) {
    const inspection = inspect(update, known)
    if (inspection.kind === 'accepted') learn(known, inspection)
    Y.applyUpdate(doc, update)
  }
  return { known, state: Y.encodeStateAsUpdate(doc), next: room.log.slice(length) }
}

/** Applies what was accepted to a replica of the log, as every reader would, and loads the result again. */
function harmOf(doc: Y.Doc, update: Uint8Array): string | null {
  try {
    Y.applyUpdate(doc, update)
    if (pendingOf(doc) || isDead(doc)) return `pending or dead: ${hexOf(update)}`
    const reloaded = new Y.Doc()
    Y.applyUpdate(reloaded, Y.encodeStateAsUpdate(doc))
    Y.applyUpdateV2(new Y.Doc(), Y.encodeStateAsUpdateV2(doc))
    const complete = hexOf(Y.encodeStateVector(reloaded)) === hexOf(Y.encodeStateVector(doc))
    return complete && !pendingOf(reloaded) ? null : `not all of it loads: ${hexOf(update)}`
  } catch (error) {
    return `${error}: ${hexOf(update)}`
  }
}

/*
 * What this cannot show: crafted origins may put the same items in another order on another replica, which only the
 * digest tells, and an entry of a map that is two units long makes Yjs throw when the map is deleted later.
 */
describe('[ADM1] whatever is accepted does no harm', () => {
  test.each(seeds)('among damaged real updates (seed %i)', (seed) => {
    const { known, state, next } = prefixOf(seed)
    const random = createRandom(seed + 1000)
    const harms: (string | null)[] = []
    for (let i = 0; i < mutationsPerSeed; i++) {
      const damaged = mutate(random, next[below(random, Math.min(3, next.length))] as Uint8Array)
      const inspection = inspect(damaged, known)
      if (inspection.kind !== 'accepted') continue
      const doc = new Y.Doc({ gc: seed % 2 === 0 })
      Y.applyUpdate(doc, state)
      harms.push(harmOf(doc, trim(damaged, inspection)))
    }
    expect(harms.filter((harm) => harm !== null)).toEqual([])
  })

  test.each(seeds)('among well-formed updates that no honest client writes (seed %i)', (seed) => {
    const { known, state } = prefixOf(seed)
    const random = createRandom(seed + 2000)
    const doc = new Y.Doc({ gc: seed % 2 === 0 })
    Y.applyUpdate(doc, state)
    const harms: (string | null)[] = []
    for (let i = 0; i < 20; i++) {
      const hostile = craftHostileUpdate(random, known.clocks)
      const inspection = inspect(hostile, known)
      if (inspection.kind !== 'accepted') continue
      learn(known, inspection)
      harms.push(harmOf(doc, hostile))
    }
    expect(harms.filter((harm) => harm !== null)).toEqual([])
    expect(harms.length).toBeGreaterThan(10)
  })
})

test('[ADM1] no bytes make inspect throw', () => {
  const random = createRandom(3)
  const { known } = prefixOf(3)
  const kinds = new Set<string>()
  for (let i = 0; i < 20_000; i++) {
    // Half of them begin well, with one item of client 7, and most bytes are small: counts, kinds and flags that lead on.
    const start = random() < 0.5 ? [1, 1, 7, 0, below(random, 10), 1, 0] : []
    const rest = Array.from({ length: below(random, 12) }, () => below(random, random() < 0.6 ? 3 : 256))
    kinds.add(inspect(Uint8Array.from([...start, ...rest]), known).kind)
  }
  expect([...kinds].sort()).toEqual(['accepted', 'duplicate', 'gap', 'refused'])
})
