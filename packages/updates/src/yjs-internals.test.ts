import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { isDead, pendingOf, revive } from './yjs-internals.ts'

/** The updates a document emits while `edit` runs. */
function emitted(doc: Y.Doc, edit: () => void): number {
  let count = 0
  const listener = () => {
    count++
  }
  doc.on('update', listener)
  edit()
  doc.off('update', listener)
  return count
}

function typeInto(doc: Y.Doc): void {
  doc.getText('t').insert(0, 'x')
}

describe('a document whose events died', () => {
  test.each(['update', 'beforeTransaction', 'afterTransactionCleanup'] as const)(
    '[FAIL6] after a throw in a listener of %s is recognised, and emits again when it is revived',
    (event) => {
      const doc = new Y.Doc()
      typeInto(doc)
      const fail = () => {
        throw new Error('the app')
      }
      doc.on(event, fail)
      expect(() => typeInto(doc)).toThrow('the app')
      doc.off(event, fail)
      expect(isDead(doc)).toBe(true)
      // That is what being dead means: the edit is there, and nobody hears of it.
      expect(emitted(doc, () => typeInto(doc))).toBe(0)
      const length = doc.getText('t').length
      revive(doc)
      expect(isDead(doc)).toBe(false)
      expect(emitted(doc, () => typeInto(doc))).toBe(1)
      expect(doc.getText('t').length).toBe(length + 1)
    },
  )

  test('[FAIL6] edits made while it was dead are found beyond what was captured', () => {
    const doc = new Y.Doc()
    typeInto(doc)
    const captured = Y.encodeStateVector(doc)
    const saved = Y.encodeStateAsUpdate(doc)
    doc.once('update', () => {
      throw new Error('the app')
    })
    expect(() => typeInto(doc)).toThrow('the app')
    typeInto(doc)
    revive(doc)
    const rebuilt = new Y.Doc()
    Y.applyUpdate(rebuilt, saved)
    Y.applyUpdate(rebuilt, Y.encodeStateAsUpdate(doc, captured))
    expect(rebuilt.getText('t').toJSON()).toBe('xxx')
  })

  test('[FAIL6] a throw in an observer does not kill, and is not taken for it', () => {
    const doc = new Y.Doc()
    doc.getText('t').observe(() => {
      throw new Error('the app')
    })
    expect(() => typeInto(doc)).toThrow('the app')
    expect(isDead(doc)).toBe(false)
  })
})

describe('what Yjs holds back', () => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  typeInto(doc)
  doc.getText('t').insert(1, 'y')
  doc.getText('t').delete(0, 2)
  const [first, second, deletion] = updates as [Uint8Array, Uint8Array, Uint8Array]

  test.each([
    ['structs', second],
    ['deletions', deletion],
  ])('[C4] %s without what they need are pending, until it comes', (_, update) => {
    const replica = new Y.Doc()
    Y.applyUpdate(replica, update)
    expect(pendingOf(replica)).toBe(true)
    Y.applyUpdate(replica, first)
    Y.applyUpdate(replica, second)
    expect(pendingOf(replica)).toBe(false)
  })
})
