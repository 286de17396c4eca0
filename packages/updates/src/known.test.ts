import { TidemarkError } from '@tidemark/base'
import { describe, expect, test } from 'vitest'
import { inspect } from './inspect.ts'
import type { AcceptedInspection } from './inspection.ts'
import { createKnown, type Known, learn } from './known.ts'
import { decodeKnown, encodeKnown } from './known-codec.ts'
import {
  below,
  bytesOf,
  chance,
  craftText,
  craftUpdate,
  createRandom,
  createRoom,
  hexOf,
  mutate,
} from './testing/index.ts'

function accept(update: Uint8Array, known: Known): AcceptedInspection {
  const inspection = inspect(update, known)
  if (inspection.kind !== 'accepted') throw new Error(inspection.kind)
  return inspection
}

const hello = craftUpdate([{ client: 5, clock: 0, structs: [craftText('hello')] }])

describe('learn', () => {
  test('moves the clocks and gathers the deletions', () => {
    const known = createKnown()
    learn(known, accept(hello, known))
    learn(
      known,
      accept(
        craftUpdate(
          [],
          [
            {
              client: 5,
              ranges: [
                [1, 1],
                [3, 2],
              ],
            },
          ],
        ),
        known,
      ),
    )
    learn(known, accept(craftUpdate([], [{ client: 5, ranges: [[0, 3]] }]), known))
    expect(known).toEqual({ clocks: new Map([[5, 5]]), deleted: new Map([[5, [0, 5]]]) })
  })

  test('an inspection made at another state is not taken, and nothing of it is', () => {
    const known = createKnown()
    const two = craftUpdate([
      { client: 7, clock: 0, structs: [craftText('x')] },
      { client: 5, clock: 0, structs: [craftText('y')] },
    ])
    const early = accept(two, known)
    learn(known, accept(hello, known))
    expect(() => learn(known, early)).toThrow(/inspected at another clock/)
    expect(known.clocks).toEqual(new Map([[5, 5]]))
  })
})

describe('what is known, as bytes', () => {
  function knownOf(seed: number): Known {
    const room = createRoom(seed)
    for (let i = 0; i < 100; i++) room.step()
    room.settle()
    room.close()
    const known = createKnown()
    for (const update of room.log) {
      const inspection = inspect(update, known)
      if (inspection.kind === 'accepted') learn(known, inspection)
    }
    return known
  }

  test('is read as it was written', () => {
    for (let seed = 0; seed < 8; seed++) {
      const known = knownOf(seed)
      expect(known.deleted.size).toBeGreaterThan(0)
      expect(decodeKnown(encodeKnown(known))).toEqual(known)
    }
  })

  test('does not depend on the order of learning', () => {
    const clocks: [number, number][] = [
      [1, 5],
      [2 ** 53 - 1, 7],
      [0, 2 ** 48],
    ]
    const known = (entries: [number, number][]): Known => ({
      clocks: new Map(entries),
      deleted: new Map([[1, [0, 1, 3, 5]]]),
    })
    expect(encodeKnown(known(clocks))).toEqual(encodeKnown(known(clocks.toReversed())))
    expect(decodeKnown(encodeKnown(known(clocks)))).toEqual(known(clocks))
  })

  test('has a format that stays', () => {
    const known: Known = {
      clocks: new Map([
        [300, 7],
        [5, 9],
      ]),
      deleted: new Map([[5, [0, 2, 4, 9]]]),
    }
    expect(hexOf(encodeKnown(known))).toBe('01 02 05 09 a602 07 01 05 02 00 02 02 05'.replaceAll(' ', ''))
  })

  test.each([
    ['another version', '02 00 00'],
    ['nothing', ''],
    ['bytes after the end', '01 00 00 00'],
    ['a next clock of 0', '01 01 05 00 00'],
    ['a client without deletions', '01 01 05 09 01 05 00'],
    ['deletions of an unknown client', '01 00 01 05 01 00 01'],
    ['a deletion beyond the next clock', '01 01 05 09 01 05 01 00 0a'],
    ['an empty deletion', '01 01 05 09 01 05 01 00 00'],
    ['deletions that touch', '01 01 05 09 01 05 02 00 01 00 01'],
    ['a count that the bytes cannot hold', '01 ffffffff0f'],
  ])('is not read from %s', (_, hex) => {
    expect(() => decodeKnown(bytesOf(hex))).toThrow(TidemarkError)
  })

  test('damaged bytes are refused with log/corrupt, or are another state that could be', () => {
    const random = createRandom(1)
    const bytes = encodeKnown(knownOf(1))
    const outcomes = Array.from({ length: 2000 }, () => {
      const damaged = chance(random, 0.1)
        ? bytes.subarray(0, below(random, bytes.length))
        : mutate(random, bytes)
      return outcomeOf(damaged)
    })
    expect([...new Set(outcomes)].sort()).toEqual(['log/corrupt', 'same bytes'])
  })

  function outcomeOf(bytes: Uint8Array): string {
    try {
      return hexOf(encodeKnown(decodeKnown(bytes))) === hexOf(bytes) ? 'same bytes' : 'other bytes'
    } catch (error) {
      return error instanceof TidemarkError ? error.code : String(error)
    }
  }
})
