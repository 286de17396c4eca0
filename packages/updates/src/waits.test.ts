import { expect, test } from 'vitest'
import type { ClientRange } from './ranges.ts'
import { below, createRandom } from './testing/index.ts'
import { findSection, Waits } from './waits.ts'

type Wait = readonly [section: number, clock: number, forClient: number, forClock: number]

/** Integrates struct by struct, in rounds, until nothing moves: true when something is left. */
function getsStuck(sections: readonly ClientRange[], waits: readonly Wait[]): boolean {
  const reached = sections.map(() => 0)
  const blocked = (section: number) =>
    waits.some(([of, clock, client, forClock]) => {
      const target = sections.findIndex((other) => other.client === client)
      return of === section && clock === reached[section] && (reached[target] as number) <= forClock
    })
  for (let moved = true; moved; ) {
    moved = false
    for (const [section, { length }] of sections.entries()) {
      while ((reached[section] as number) < length && !blocked(section)) {
        reached[section] = (reached[section] as number) + 1
        moved = true
      }
    }
  }
  return sections.some(({ length }, section) => (reached[section] as number) < length)
}

test('a cycle is found exactly where integrating struct by struct gets stuck', () => {
  const random = createRandom(1)
  const found = { stuck: 0, free: 0 }
  for (let i = 0; i < 3000; i++) {
    const count = 2 + below(random, 4)
    const sections = Array.from({ length: count }, (_, s) => ({
      client: 10 * (count - s),
      clock: 0,
      length: 4,
    }))
    const waits: Wait[] = []
    for (let section = 0; section < count; section++) {
      for (let clock = 0; clock < 4; clock++) {
        const target = below(random, count)
        if (target !== section && below(random, 3) === 0)
          waits.push([section, clock, 10 * (count - target), below(random, 4)])
      }
    }
    const noted = new Waits()
    for (const wait of waits) noted.note(...wait)
    const stuck = getsStuck(sections, waits)
    expect(noted.hasCycle(sections), JSON.stringify(waits)).toBe(stuck)
    found[stuck ? 'stuck' : 'free']++
  }
  expect(Math.min(found.stuck, found.free)).toBeGreaterThan(500)
})

test('two clients that wait for each other a hundred thousand times are followed in one pass', () => {
  const waits = new Waits()
  const length = 100_000
  const sections = [2, 1].map((client) => ({ client, clock: 0, length }))
  for (let clock = 1; clock < length; clock++) waits.note(0, clock, 1, clock - 1)
  for (let clock = 0; clock < length; clock++) waits.note(1, clock, 2, clock)
  expect(waits.hasCycle(sections)).toBe(false)
})

test('what no section has is missing', () => {
  const sections = [{ client: 7, clock: 3, length: 2 }]
  const missing = (client: number, clock: number) => {
    const waits = new Waits()
    waits.note(0, 3, client, clock)
    return waits.findMissing(sections)
  }
  expect(missing(7, 4)).toBeNull()
  expect(missing(7, 5)).toEqual({ client: 7, clock: 5 })
  expect(missing(8, 0)).toEqual({ client: 8, clock: 0 })
})

test('sections are found by client', () => {
  const sections = [9, 7, 5, 2].map((client) => ({ client, clock: 0, length: 1 }))
  expect([9, 7, 5, 2, 1, 3, 10].map((client) => findSection(sections, client))).toEqual([
    0, 1, 2, 3, -1, -1, -1,
  ])
  expect(findSection([], 1)).toBe(-1)
})
