import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { createContentCache, Progress } from './progress.ts'
import { typingUpdates } from './typing.ts'

const typing = typingUpdates(300)
const { updates } = typing
const progress = (): Progress => new Progress(typing, createContentCache(typing.clientId))

it('the typing inserts and deletes', () => {
  expect(typing.deletes.some((deletes) => deletes !== null)).toBe(true)
  expect(typing.clocks.at(-1)).toBeGreaterThan(150)
})

it('update by update, each counts once, and a repetition does not', () => {
  const reader = progress()
  for (const update of updates) {
    expect(reader.take(update)).toBe(1)
    expect(reader.take(update)).toBe(0)
  }
  expect(reader.isWhole).toBe(true)
})

it('merged updates count as many as they stand for', () => {
  const reader = progress()
  expect(reader.take(Y.mergeUpdates(updates.slice(0, 100)))).toBe(100)
  expect(reader.take(Y.mergeUpdates(updates.slice(50, 300)))).toBe(200)
  expect(reader.isWhole).toBe(true)
})

it('a state that was collected as garbage holds all that went into it', () => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  const reader = progress()
  expect(reader.take(Y.encodeStateAsUpdate(doc))).toBe(300)
})

it('what was dropped is missing, and all after it waits', () => {
  const insertion = typing.deletes.findIndex((deletes, index) => index > 20 && deletes === null)
  const reader = progress()
  for (const update of updates.toSpliced(insertion, 1)) reader.take(update)
  expect(reader.has).toBe(insertion)
  expect(reader.take(updates[insertion] as Uint8Array)).toBe(300 - insertion)
})

it('a deletion that was dropped is missing too', () => {
  const deletion = typing.deletes.findIndex((deletes) => deletes !== null)
  const reader = progress()
  for (const update of updates.toSpliced(deletion, 1)) reader.take(update)
  expect(reader.has).toBe(deletion)
  expect(reader.take(updates[deletion] as Uint8Array)).toBe(300 - deletion)
})
