import {
  bytesOf,
  craftCollected,
  craftItem,
  craftText,
  craftUpdate,
  deletedContent,
  jsonContent,
  mutate,
  numbers,
  typeContent,
} from '@tidemark/updates/testing'
import type { SeededRandom } from '../world/seeded-random.ts'

/** Bytes on which Yjs fails, now or later: none of it may ever reach a log, whoever sends it. */
export function poison(random: SeededRandom, client: number): Uint8Array {
  return random.pick(poisons)(random, client)
}

const poisons: readonly ((random: SeededRandom, client: number) => Uint8Array)[] = [
  // An item that refers to its own future: Yjs throws after a part was integrated.
  () => bytesOf('0102070004010174026f6b840763036261640101010001'),
  // Structs without a delete set.
  (_random, client) => craftUpdate([{ client, clock: 0, structs: [craftText('cut')] }]).slice(0, -1),
  // Structs of length 0: the snapshot made of them cannot be loaded.
  (_random, client) => craftUpdate([{ client, clock: 0, structs: [craftCollected(0)] }]),
  (_random, client) => craftUpdate([{ client, clock: 0, structs: [craftText('a'), craftCollected(0)] }]),
  (_random, client) =>
    craftUpdate([{ client, clock: 0, structs: [craftItem({ content: deletedContent(0) })] }]),
  // Two sections of one client, and clients in ascending order: readers of Yjs disagree on what they say.
  (_random, client) =>
    craftUpdate([
      { client, clock: 0, structs: [craftText('AAA')] },
      { client, clock: 0, structs: [craftText('BBB')] },
    ]),
  (_random, client) =>
    craftUpdate([
      { client: Math.min(client, 2 ** 31), clock: 0, structs: [craftText('AAA')] },
      { client: 2 ** 31 + 1, clock: 0, structs: [craftText('BBB')] },
    ]),
  // A placeholder with flags; JSON that nobody can write again; a number that is none.
  () => bytesOf('01010700 8a01 00'),
  (_random, client) =>
    craftUpdate([{ client, clock: 0, structs: [craftItem({ content: jsonContent('['.repeat(5_000)) })] }]),
  (_random, client) =>
    craftUpdate([{ client, clock: 0, structs: [craftItem({ content: jsonContent('1e400') })] }]),
  // Lengths without bytes behind them.
  () => bytesOf('01 ffffff0f 07 00'),
  () => bytesOf('00 01 e707 01 02 00'),
  () => bytesOf('01 01 ffffffffffffffff7f 00 0001 00'),
  // A type that is none.
  (_random, client) =>
    craftUpdate([{ client, clock: 0, structs: [craftItem({ content: typeContent(99) })] }]),
  (random) => random.bytes(1 + random.below(40)),
]

/** A real update with some of its bytes changed: mostly refused, now and then another valid one. */
export function mutated(random: SeededRandom, update: Uint8Array): Uint8Array {
  return mutate(random.next, update)
}

/** What needs something that never comes. */
export function endlessGap(random: SeededRandom, client: number): Uint8Array {
  switch (random.below(4)) {
    case 0:
      return craftUpdate([{ client, clock: 1_000_000, structs: [craftText('too far')] }])
    case 1:
      return craftUpdate([{ client, clock: 0, structs: [craftText('lost', { origin: [client ^ 1, 77] })] }])
    case 2:
      return craftUpdate([], [{ client, ranges: [[1_000_000, 2 ** 40]] }])
    default:
      return craftUpdate(
        [],
        Array.from({ length: 50 }, (_, i) => ({ client: client + i, ranges: [[5, 1] as const] })),
      )
  }
}

/** Text under the client id of another, right where that one would go on. */
export function forged(client: number, clock: number): Uint8Array {
  return craftUpdate([{ client, clock, structs: [craftText('forged', { parent: 'text' })] }])
}

/** A claim to all that another will ever write. */
export function claimOfFuture(client: number, clock: number): Uint8Array {
  return craftUpdate([{ client, clock, structs: [craftCollected(2 ** 40)] }])
}

/** The numbers of a state vector that is none. */
export function badStateVector(random: SeededRandom): Uint8Array {
  return random.pick([
    random.bytes(random.below(60)),
    numbers(2 ** 40),
    numbers(3, 1, 1),
    bytesOf('ffffffffffffffffff7f'),
    new Uint8Array(0),
  ])
}
