import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { inspect } from './inspect.ts'
import type { AcceptedInspection } from './inspection.ts'
import { createKnown, type Known, learn } from './known.ts'
import {
  bytesOf,
  craftCollected,
  craftItem,
  craftText,
  craftUpdate,
  createRoom,
  deletedContent,
  jsonContent,
  valueContent,
} from './testing/index.ts'
import { trim } from './trim.ts'

function accept(update: Uint8Array, known: Known): AcceptedInspection {
  const inspection = inspect(update, known)
  if (inspection.kind !== 'accepted') throw new Error(inspection.kind)
  return inspection
}

function knowing(...updates: Uint8Array[]): Known {
  const known = createKnown()
  for (const update of updates) learn(known, accept(update, known))
  return known
}

function textOf(...updates: Uint8Array[]): string {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('t').toJSON()
}

const hello = craftUpdate([{ client: 5, clock: 0, structs: [craftText('hello')] }])

test('[R2] an update of which all is new is returned as it is', () => {
  const update = craftUpdate(
    [{ client: 5, clock: 5, structs: [craftText('!', { origin: [5, 4] })] }],
    [{ client: 5, ranges: [[0, 1]] }],
  )
  expect(trim(update, accept(update, knowing(hello)))).toBe(update)
})

test('[R2] what is known is cut, inside a struct too', () => {
  const update = craftUpdate([{ client: 5, clock: 3, structs: [craftText('lo!!', { origin: [5, 2] })] }])
  const known = knowing(hello)
  const trimmed = trim(update, accept(update, known))
  expect(accept(trimmed, known)).toMatchObject({
    overlap: 'none',
    structs: [{ client: 5, clock: 5, length: 2 }],
  })
  expect(textOf(hello, trimmed)).toBe('hello!!')
})

test('[R2] the first writer of a clock wins: other content for known clocks is cut off, the rest stays', () => {
  const forged = craftUpdate([{ client: 5, clock: 0, structs: [craftText('HELLO!!')] }])
  const trimmed = trim(forged, accept(forged, knowing(hello)))
  expect(textOf(hello, trimmed)).toBe('hello!!')
})

test.each([
  ['collected', craftCollected(4)],
  ['deleted', craftItem({ content: deletedContent(4) })],
  ['values', craftItem({ content: valueContent(...['7e', '7f', '78', '79'].map((hex) => bytesOf(hex))) })],
  ['JSON', craftItem({ content: jsonContent('1', '2', '3', '4') })],
  ['surrogate pairs, inside one', craftText('a😀b')],
])('[R2] a struct of %s is cut', (_, struct) => {
  const known = knowing(craftUpdate([{ client: 5, clock: 0, structs: [craftText('he')] }]))
  const update = craftUpdate([{ client: 5, clock: 0, structs: [struct] }])
  const trimmed = trim(update, accept(update, known))
  expect(accept(trimmed, known)).toMatchObject({
    overlap: 'none',
    structs: [{ client: 5, clock: 2, length: 2 }],
  })
})

test('[R2] clients of which nothing is new disappear', () => {
  const update = craftUpdate([
    { client: 9, clock: 0, structs: [craftText('new')] },
    { client: 5, clock: 0, structs: [craftText('hello')] },
  ])
  const known = knowing(hello)
  expect(accept(trim(update, accept(update, known)), known).structs).toEqual([
    { client: 9, clock: 0, length: 3 },
  ])
})

test('[R2] known deletions are left out, and those that are new stay', () => {
  const first = craftUpdate([], [{ client: 5, ranges: [[1, 2]] }])
  const known = knowing(hello, first)
  const update = craftUpdate([], [{ client: 5, ranges: [[0, 5]] }])
  const trimmed = trim(update, accept(update, known))
  expect(trimmed).toEqual(
    craftUpdate(
      [],
      [
        {
          client: 5,
          ranges: [
            [0, 1],
            [3, 2],
          ],
        },
      ],
    ),
  )
  expect(textOf(hello, first, trimmed)).toBe('')
})

describe('a whole replica, trimmed for a log that lost its tail', () => {
  test.each([1, 2, 3, 4, 5])(
    '[R3] gives the log back what it lost, and no byte more than that (seed %i)',
    (seed) => {
      const room = createRoom(seed)
      for (let i = 0; i < 100; i++) room.step()
      room.settle()
      room.close()
      const known = createKnown()
      for (const update of room.log.slice(0, -10)) {
        const inspection = inspect(update, known)
        if (inspection.kind === 'accepted') learn(known, inspection)
      }
      const doc = room.authors[0]?.doc ?? new Y.Doc()
      const whole = Y.encodeStateAsUpdate(doc)
      const inspection = accept(whole, known)
      const trimmed = accept(trim(whole, inspection), known)
      expect(trimmed).toMatchObject({
        structs: inspection.adds,
        deletes: inspection.newDeletes,
        overlap: 'none',
      })
      learn(known, trimmed)
      expect(inspect(whole, known)).toEqual({ kind: 'duplicate' })
    },
  )
})
