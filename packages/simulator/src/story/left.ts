import type { Configuration } from '../configuration.ts'
import { calmDisk, calmNetwork, calmPages, calmStore } from '../heal.ts'
import { keeps, type Mask, nothingMasked } from './mask.ts'

/** What a seed draws beside faults, people and documents, and what stands in its place when it is left out. */
const conditions: Readonly<Record<string, (drawn: Configuration) => Partial<Configuration>>> = {
  core: ({ people, stock }) => ({
    core: [...new Set(people.map(({ device }) => device))],
    stock: stock.map((person) => ({ ...person, isCore: true })),
  }),
  rights: () => ({ rights: [] }),
  pages: () => ({ pages: calmPages }),
  network: ({ network }) => ({ network: { ...network, ...calmNetwork }, lines: {} }),
  clocks: () => ({ skews: {} }),
  disk: ({ disk }) => ({ disk: { ...disk, ...calmDisk }, replayMs: 0 }),
  store: ({ store }) => ({ store: { ...store, ...calmStore } }),
  limits: ({ limits: { verifyMsMin } }) => ({ limits: verifyMsMin === undefined ? {} : { verifyMsMin } }),
}

/** Everything of a configuration that can be left out by name. */
export interface Sources {
  /** Documents, and conditions that were drawn. */
  readonly fixed: readonly string[]
  /** Who or what does things that are numbered: faults and people. */
  readonly acting: readonly string[]
}

export function sourcesOf(
  { faults, people, stock, strangers, documents }: Configuration,
  mask: Mask,
): Sources {
  return {
    fixed: [...Object.keys(conditions).filter((name) => keeps(mask, name)), ...documents],
    acting: [...faults, ...people, ...stock, ...strangers].map(({ name }) => name),
  }
}

/** What a mask names and the seed does not have: a story that leaves it out, or nothing else in, tells of another one. */
export function unknownIn({ named }: Mask, drawn: Configuration): readonly string[] {
  const { fixed, acting } = sourcesOf(drawn, nothingMasked)
  const known = new Set([...Object.keys(conditions), ...fixed, ...acting])
  return [...named.keys()].filter((source) => !known.has(source))
}

/** What a mask leaves of a configuration. Who has no document left is left out as well. */
export function leftOf(drawn: Configuration, mask: Mask): Configuration {
  const isLeft = (source: string): boolean => keeps(mask, source)
  const leftAmong = <P extends { readonly name: string; readonly documents: readonly string[] }>(
    drawnOnes: readonly P[],
  ): readonly P[] =>
    drawnOnes
      .filter(({ name }) => isLeft(name))
      .map((person) => ({ ...person, documents: person.documents.filter(isLeft) }))
      .filter(({ documents }) => documents.length > 0)
  const people = leftAmong(drawn.people)
  const left: Configuration = {
    ...drawn,
    people,
    stock: leftAmong(drawn.stock),
    strangers: drawn.strangers.filter(({ name }) => isLeft(name)),
    documents: drawn.documents.filter(isLeft),
    core: drawn.core.filter((name) => people.some(({ device }) => device === name)),
    faults: drawn.faults.filter(({ name }) => isLeft(name)),
    faultsMs: Math.min(mask.faultsMs ?? drawn.faultsMs, drawn.faultsMs),
  }
  const calmed = Object.entries(conditions).filter(([name]) => !isLeft(name))
  return Object.assign({}, left, ...calmed.map(([, calm]) => calm(left))) as Configuration
}
