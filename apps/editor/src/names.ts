import type { Random } from '@tidemark/base'

const qualities = 'amber bright calm clear dappled early fair gentle golden hidden keen level light mild open pale quiet quick silver slow soft still sunny tidal warm wide windy'.split(' ') // biome-ignore format: one list
const places = 'anchorage bay beach cape channel cove current delta dune estuary fjord harbour haven inlet island jetty lagoon lighthouse marsh mooring pier reef sandbar shoal sound strand'.split(' ') // biome-ignore format: one list
const animals = 'avocet bittern cormorant crab curlew dolphin dunlin eider gannet grebe gull heron kittiwake limpet lobster merlin oyster otter petrel plover puffin sanderling seal tern turnstone whelk'.split(' ') // biome-ignore format: one list

/** A name for a new document that a person can read aloud: about 700,000 of them. */
export function newDocumentName(random: Random): string {
  return `${pick(qualities, random)}-${pick(places, random)}-${100 + Math.floor(random() * 900)}`
}

/** A name for somebody who has not said theirs. */
export function newPersonName(random: Random): string {
  return `${capitalized(pick(qualities, random))} ${capitalized(pick(animals, random))}`
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
