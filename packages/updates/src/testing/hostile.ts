import type { Random } from '@tidemark/base'
import {
  bytesContent,
  type CraftedContent,
  type CraftedSection,
  craftItem,
  craftUpdate,
  deletedContent,
  embedContent,
  formatContent,
  type Id,
  jsonContent,
  subdocumentContent,
  textContent,
  typeContent,
  valueContent,
} from './crafted.ts'
import { bytesOf } from './hex.ts'
import { below, chance, pick } from './random.ts'

/**
 * A well-formed update that no honest client writes: items of any kind, between and inside anything that a log with
 * these next clocks holds.
 */
export function craftHostileUpdate(random: Random, clocks: ReadonlyMap<number, number>): Uint8Array {
  const known = [...clocks]
  const id = (): Id => {
    const [client, clock] = pick(random, known)
    return [client, below(random, clock)]
  }
  const [client, clock] = chance(random, 0.5) ? pick(random, known) : [below(random, 2 ** 32), 0]
  const structs = Array.from({ length: 1 + below(random, 3) }, () => hostileItem(random, id))
  const section: CraftedSection = { client, clock: clocks.get(client) ?? clock, structs }
  const [deletedClient, deletedClock] = id()
  const deletes = chance(random, 0.5) ? [{ client: deletedClient, ranges: [[deletedClock, 1]] as const }] : []
  return craftUpdate([section], deletes)
}

function hostileItem(random: Random, id: () => Id): Uint8Array {
  return craftItem({
    ...(chance(random, 0.6) ? { origin: id() } : {}),
    ...(chance(random, 0.5) ? { rightOrigin: id() } : {}),
    parent: chance(random, 0.5) ? id() : pick(random, ['text', 'array', 'map', 'xml']),
    ...(chance(random, 0.4) ? { key: pick(random, ['a', 'b', 'title']) } : {}),
    content: pick(random, contents),
  })
}

const contents: readonly CraftedContent[] = [
  textContent('xyz'),
  deletedContent(2),
  valueContent(bytesOf('7e'), bytesOf('7d01')),
  ...[0, 1, 2, 4, 6].map((ref) => typeContent(ref)),
  ...[3, 5].map((ref) => typeContent(ref, 'p')),
  formatContent('bold', 'true'),
  embedContent('{}'),
  bytesContent(bytesOf('00')),
  subdocumentContent('guid', bytesOf('7600')),
  jsonContent('1', 'undefined'),
]
