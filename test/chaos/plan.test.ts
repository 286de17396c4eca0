import { SeededRandom } from '@tidemark/simulator/oracle'
import { expect, test } from 'vitest'
import { type Cast, diskFaults, drawCast, drawRounds, type Round } from './plan.ts'

function roundsOf(seed: number, count: number): Round[] {
  const rounds = drawRounds(new SeededRandom(seed))
  return Array.from({ length: count }, () => rounds.next().value)
}

const casts: readonly Cast[] = Array.from({ length: 200 }, (_, seed) => drawCast(new SeededRandom(seed)))

test('a seed is a plan: the same people, the same rounds', () => {
  expect(drawCast(new SeededRandom(7))).toEqual(drawCast(new SeededRandom(7)))
  expect(roundsOf(7, 20)).toEqual(roundsOf(7, 20))
  expect(roundsOf(8, 20)).not.toEqual(roundsOf(7, 20))
})

test('every disk fault comes once before any comes again', () => {
  const rounds = roundsOf(3, 3 * diskFaults.length)
  for (let first = 0; first < rounds.length; first += diskFaults.length) {
    const deck = rounds.slice(first, first + diskFaults.length).map(({ disk }) => disk)
    expect(new Set(deck)).toEqual(new Set(diskFaults))
  }
})

test('in every cast both dialects and both stores meet, and nobody is without a document', () => {
  for (const { documents, people } of casts) {
    expect(new Set(people.map(({ kind }) => kind))).toEqual(new Set(['sdk', 'stock']))
    const devices = people.filter(({ kind }) => kind === 'sdk')
    expect(new Set(devices.map(({ store }) => store))).toEqual(new Set(['memory', 'indexeddb']))
    expect(people.every((person) => person.documents.length > 0)).toBe(true)
    expect(people[0]?.documents).toEqual(documents)
  }
})

test('two people share a device in every cast', () => {
  for (const { people } of casts) {
    expect(people.filter(({ device }) => device === 'sdk0').map(({ name }) => name)).toEqual(['sdk0', 'sdk1'])
  }
})
