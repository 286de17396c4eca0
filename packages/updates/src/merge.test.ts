import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { emptyUpdate, isEmptyUpdate, merge } from './merge.ts'

/** One update per character. */
function typing(text: string): Uint8Array[] {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (const [i, character] of [...text].entries()) doc.getText('text').insert(i, character)
  return updates
}

function textOf(update: Uint8Array): string {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc.getText('text').toJSON()
}

test('one update is returned as it is, none gives the empty update', () => {
  const [update = emptyUpdate] = typing('a')
  expect(merge([update])).toBe(update)
  expect(isEmptyUpdate(merge([]))).toBe(true)
  expect(isEmptyUpdate(update)).toBe(false)
  expect(emptyUpdate).toEqual(Y.encodeStateAsUpdate(new Y.Doc()))
})

test.each([2, 63, 64, 65, 128, 4097])('%i updates make one that says the same', (count) => {
  const text = Array.from({ length: count }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')
  expect(textOf(merge(typing(text)))).toBe(text)
})

test('what is merged in groups is what Yjs merges at once', () => {
  const updates = typing(
    'a text of more than one hundred characters, so that there is more than one group to be merged in the end',
  )
  expect(updates.length).toBeGreaterThan(64)
  expect(merge(updates)).toEqual(Y.mergeUpdates(updates))
})
