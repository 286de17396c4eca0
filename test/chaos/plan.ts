import type { SeededRandom } from '@tidemark/simulator/oracle'

/** Who takes part, drawn once per run. */
export interface Cast {
  readonly documents: readonly string[]
  readonly people: readonly CastMember[]
}

export interface CastMember {
  readonly name: string
  readonly kind: 'sdk' | 'stock'
  /** People who name the same one share it. */
  readonly device: string
  /** Where its device keeps replicas; nothing is kept for a stock client. */
  readonly store: 'memory' | 'indexeddb'
  readonly documents: readonly string[]
  /** Between two actions, on average. */
  readonly actMs: number
}

export function drawCast(random: SeededRandom): Cast {
  const documents = ['one', 'two', 'three'].slice(0, 2 + random.below(2))
  const sdk = 3 + random.below(2)
  const stock = 1 + random.below(2)
  const people = Array.from({ length: sdk + stock }, (_, at): CastMember => {
    const kind = at < sdk ? 'sdk' : 'stock'
    const name = `${kind}${at}`
    return {
      name,
      kind,
      // The second is at the first one's device, in another tab.
      device: kind === 'sdk' && at === 1 ? 'sdk0' : name,
      store: kind === 'sdk' && at !== 2 ? 'indexeddb' : 'memory',
      // The first one has them all: nothing is open nowhere.
      documents:
        at === 0
          ? documents
          : documents.filter((_, index) => index === at % documents.length || random.chance(0.6)),
      actMs: random.between(10, 150),
    }
  })
  return { documents, people }
}

/** What befalls the relay's disk in a round; one thing at a time, so that it can be said who was to be told. */
export const diskFaults = [
  'none',
  'slow fsync',
  'failing fsync',
  'full disk',
  'damaged entry',
  'damaged snapshot',
  'older file',
] as const

export type DiskFault = (typeof diskFaults)[number]

export interface Round {
  readonly number: number
  readonly disk: DiskFault
  readonly faultsMs: number
}

/** Rounds without end. Every disk fault comes once before any comes again. */
export function* drawRounds(random: SeededRandom): Generator<Round, never> {
  for (let number = 1; ; ) {
    for (const disk of shuffled(diskFaults, random)) {
      yield { number: number++, disk, faultsMs: random.between(1_500, 6_000) }
    }
  }
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items]
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T)
}
