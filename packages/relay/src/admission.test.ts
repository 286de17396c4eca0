import { learn } from '@tidemark/updates'
import { craftUpdate } from '@tidemark/updates/testing'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { type Admission, admit, type Held } from './admission.ts'
import { type Author, type AuthorWay, formatAuthor, isPrincipal, parseAuthor } from './author.ts'
import { createHeld } from './history.ts'
import { claim } from './owners.ts'

const announcedByBob = 9
const rules = {
  updateBytesMax: 10_000,
  mayAnnounce: (principal: string, client: number) => client !== announcedByBob || principal === 'bob',
}
const by = (principal: string, way: AuthorWay = 'native'): Author => ({ principal, way })

/** A log that holds what `doc` holds, each client id written by `author`. */
function heldOf(doc: Y.Doc, author: Author): Held {
  const held = createHeld()
  take(held, Y.encodeStateAsUpdate(doc), author)
  return held
}

function take(held: Held, update: Uint8Array, author: Author): Admission {
  const admission = admit(update, held, author, rules)
  if (admission.kind === 'append') {
    learn(held.known, admission.inspection)
    claim(held.owners, admission.inspection.adds, author)
  }
  return admission
}

function docOf(client: number, text: string): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('t').insert(0, text)
  return doc
}

/** What `client` types on top of `doc`. */
function typedBy(client: number, doc: Y.Doc): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  copy.clientID = client
  copy.getText('t').insert(0, '!')
  return Y.encodeStateAsUpdate(copy, Y.encodeStateVector(doc))
}

const base = docOf(7, 'hello')

test.each<[string, Author, Author, string]>([
  ['its own account', by('alice'), by('alice'), 'append'],
  ['another account', by('alice'), by('bob'), 'update/foreign-client'],
  ['another account that gives back what the log lost', by('alice'), by('bob', 'recovery'), 'append'],
  ['a stock client of another account', by('alice'), by('bob', 'y-websocket'), 'update/foreign-client'],
  ['a stock client of its account', by('alice'), by('alice', 'y-websocket'), 'append'],
  ['anybody, when it came by a stock client', by('alice', 'y-websocket'), by('bob'), 'append'],
  ['a stock client, when it came by one', by('alice', 'y-websocket'), by('bob', 'y-websocket'), 'append'],
  ['anybody, when it was given back', by('alice', 'recovery'), by('bob'), 'append'],
  ['another account that answers a resync', by('alice'), by('bob', 'unproven'), 'update/foreign-client'],
  ['its own account that answers a resync', by('alice'), by('alice', 'unproven'), 'append'],
])('[ADM2] a client id is extended by %s', (_, owner, author, expected) => {
  const admission = admit(typedBy(7, base), heldOf(base, owner), author, rules)
  expect(admission.kind === 'refused' ? admission.code : admission.kind).toBe(expected)
})

test('[ADM2] the first to extend a client id that was given back owns it', () => {
  const held = heldOf(base, by('alice', 'recovery'))
  take(held, typedBy(7, base), by('bob'))
  const later = docOf(7, 'hello!')
  expect(held.owners.get(7)).toBe('bob')
  expect(admit(typedBy(7, later), held, by('carol'), rules).kind).toBe('refused')
})

test('[ADM2] whoever answers a resync without a proof may bring what nobody owns, and does not become its owner', () => {
  // Found by the simulator: it became the owner of all that it gave back, and the authors were refused for ever.
  const held = heldOf(base, by('bob', 'unproven'))
  expect(held.owners.get(7)).toBeUndefined()
  take(held, typedBy(7, base), by('alice'))
  expect(held.owners.get(7)).toBe('alice')
})

test('[ADM2] an answer without a proof cannot bring what is under an id that somebody else has announced', () => {
  // It would be nobody's, and the first edits of the one who announced it would be taken for a repetition.
  const update = typedBy(announcedByBob, base)
  const admitted = (author: Author): string => admit(update, heldOf(base, by('alice')), author, rules).kind
  expect(admitted(by('mallory', 'unproven'))).toBe('refused')
  expect(admitted(by('bob', 'unproven'))).toBe('append')
  expect(admitted(by('mallory', 'recovery'))).toBe('append')
})

test("[ADM2] deleting what another account wrote is nobody's business but the editor's", () => {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(base))
  copy.getText('t').delete(0, 2)
  const update = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(base))
  expect(admit(update, heldOf(base, by('alice')), by('bob'), rules).kind).toBe('append')
})

test('[ADM4] an update at the limit is judged, one above it is not even read', () => {
  const held = createHeld()
  const garbage = (length: number): Admission => admit(new Uint8Array(length).fill(255), held, by('a'), rules)
  expect(garbage(10_000)).toMatchObject({ code: 'update/malformed' })
  expect(garbage(10_001)).toMatchObject({ code: 'update/too-large' })
})

test('[ADM1] [ADM3] what is no update in the first format is refused', () => {
  const v2 = Y.encodeStateAsUpdateV2(base)
  expect(admit(v2, createHeld(), by('a'), rules)).toMatchObject({
    kind: 'refused',
    code: 'update/malformed',
  })
  const zeroLength = craftUpdate([{ client: 7, clock: 0, structs: [Uint8Array.of(0, 0)] }])
  expect(admit(zeroLength, createHeld(), by('a'), rules)).toMatchObject({
    kind: 'refused',
    code: 'update/malformed',
  })
})

test('[R5] what is known already is a duplicate, whoever says it', () => {
  const held = heldOf(base, by('alice'))
  expect(admit(Y.encodeStateAsUpdate(base), held, by('bob'), rules).kind).toBe('duplicate')
  expect(admit(Uint8Array.of(0, 0), held, by('bob'), rules).kind).toBe('duplicate')
})

test('[R2] what is kept is a copy: the frame that it came in is gone after it was read', () => {
  const update = Y.encodeStateAsUpdate(base)
  const frame = new Uint8Array(update.length + 100)
  frame.set(update, 50)
  const view = frame.subarray(50, 50 + update.length)
  const admission = admit(view, createHeld(), by('a'), rules)
  frame.fill(0)
  expect(admission.kind === 'append' && admission.update).toEqual(update)
})

test.each<Author>([by('alice'), by('alice', 'recovery'), by('bob@example.org', 'y-websocket')])(
  'an author survives the log: %o',
  (author) => {
    expect(parseAuthor(formatAuthor(author))).toEqual(author)
  },
)

test.each([
  ['alice', true],
  ['a'.repeat(256), true],
  ['a'.repeat(257), false],
  ['', false],
  ['a\u001fb', false],
  ['a\u007f', false],
  [7, false],
])('isPrincipal(%j) is %s', (value, expected) => {
  expect(isPrincipal(value)).toBe(expected)
})
