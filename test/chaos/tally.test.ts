import { type Edit, Ledger, SeededRandom } from '@tidemark/simulator/oracle'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Person } from './cast/person.ts'
import { createReplica, edit, type Replica } from './cast/replica.ts'
import { Tally } from './tally.ts'

interface Scene {
  readonly replica: Replica
  readonly person: Person
  readonly tally: Tally
  put(): Edit
}

/** Somebody with one document, who has put nothing into it yet. */
function someScene(): Scene {
  const doc = new Y.Doc()
  const replica = createReplica({ doc } as Replica['handle'])
  const tab = { process: { name: 'a.1' }, documents: new Map([['one', replica]]) }
  const person = { name: 'a', tab } as unknown as Person
  const [tally, ledger, random] = [new Tally(), new Ledger(), new SeededRandom(1)]
  const place = { document: 'one', device: 'a', tab: 'a.1' }
  return {
    replica,
    person,
    tally,
    put() {
      const made = edit(ledger, place, replica, random, (each, _random, token) =>
        each.getArray('tally').push([token]),
      ) as Edit
      tally.add(made)
      return made
    },
  }
}

test('what is there once is no violation, whether it was acknowledged or not', () => {
  const { tally, person, put } = someScene()
  put().promisedSaved = true
  put()
  tally.requireWhole(person)
})

test('[S2] a token that was acknowledged and is not there is found by reading', () => {
  const { tally, person, replica, put } = someScene()
  const made = put()
  replica.handle.doc.getArray('tally').delete(0)
  tally.requireWhole(person)
  made.promisedSaved = true
  expect(() => tally.requireWhole(person)).toThrow(`S2: ${made.token} by a.1 was acknowledged`)
})

test('[S12] a token that stands twice is found', () => {
  const { tally, person, replica, put } = someScene()
  const { token } = put()
  replica.handle.doc.getArray('tally').push([token])
  expect(() => tally.requireWhole(person)).toThrow('S12: 1 tokens stand twice')
})
