import type { DocumentId } from '@tidemark/base'
import type { Stranger, StrangerKind } from '../cast/stranger.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { Deed } from './deed.ts'
import { floodDeeds } from './flood-deeds.ts'
import { presenceDeeds } from './presence-deeds.ts'
import { protocolDeeds } from './protocol-deeds.ts'
import {
  stockBrokenDeeds,
  stockHarmfulDeeds,
  stockPresenceDeeds,
  stockProtocolDeeds,
  stockRefusedDeeds,
} from './stock-deeds.ts'
import { brokenUpdates, harmfulUpdates, readOnlyUpdates } from './update-deeds.ts'

/** The document that vandals have to themselves. */
export const harmedDocument: DocumentId = 'harmed'

export interface StrangerConfiguration {
  readonly name: string
  readonly kind: StrangerKind
  readonly documents: readonly DocumentId[]
  readonly actMs: number
  /** What it does, of all that its kind can do: a subset, so that rare coincidences come up. */
  readonly deeds: readonly string[]
}

const kinds: readonly StrangerKind[] = ['outsider', 'reader', 'insider', 'insider', 'vandal']
const counts = [0, 0, 0, 0, 1, 1, 2, 3]
const deedChances = [0.2, 0.5, 1]

const anybodysDeeds: Readonly<Record<string, Deed>> = {
  ...protocolDeeds,
  ...floodDeeds,
  ...stockProtocolDeeds,
}

const visitorsDeeds: Readonly<Record<string, Deed>> = {
  ...anybodysDeeds,
  ...presenceDeeds,
  ...stockPresenceDeeds,
}

const deedsOf: Readonly<Record<StrangerKind, Readonly<Record<string, Deed>>>> = {
  outsider: anybodysDeeds,
  reader: { ...visitorsDeeds, ...readOnlyUpdates, ...stockRefusedDeeds },
  insider: { ...visitorsDeeds, ...brokenUpdates, ...stockBrokenDeeds },
  vandal: { ...visitorsDeeds, ...harmfulUpdates, ...stockHarmfulDeeds },
}

export function drawStrangers(
  random: SeededRandom,
  documents: readonly DocumentId[],
): readonly StrangerConfiguration[] {
  return Array.from({ length: random.pick(counts) }, (_, index) => {
    const kind = random.pick(kinds)
    const chance = random.pick(deedChances)
    const deeds = Object.keys(deedsOf[kind])
    const some = deeds.filter(() => random.chance(chance))
    return {
      name: `stranger-${index + 1}`,
      kind,
      documents: kind === 'vandal' ? [harmedDocument] : documents,
      actMs: random.between(20, 600),
      deeds: some.length > 0 ? some : deeds,
    }
  })
}

/** Strangers do not stop when the world is healed: they only get slower, as nobody wants to wait for them. */
const slowness = 20

/** Everything that a stranger can do, at once. */
export function attack(scene: Scene, stranger: Stranger, { deeds }: StrangerConfiguration): void {
  scene.story.happens(stranger.name, (random) => {
    scene.world.record(stranger.name, 'attack')
    for (const name of deeds) deedsOf[stranger.kind][name]?.({ scene, stranger, random })
  })
}

/** Lets a stranger act until the end. */
export function prowl(scene: Scene, stranger: Stranger, { actMs, deeds }: StrangerConfiguration): void {
  const next = (): void => {
    const meanMs = scene.phase === 'faults' ? actMs : actMs * slowness
    scene.world.after(stranger.random.interval(meanMs), () => {
      scene.story.happens(stranger.name, (random) => {
        const name = random.pick(deeds)
        scene.count(`abuse ${name}`)
        scene.world.record(stranger.name, 'abuse', name)
        deedsOf[stranger.kind][name]?.({ scene, stranger, random })
      })
      next()
    })
  }
  next()
}
