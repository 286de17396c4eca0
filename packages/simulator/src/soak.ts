import type { Person } from './cast/person.ts'
import { comeIn, editNow, outsideOf } from './rest.ts'
import type { Scene } from './scene.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/**
 * Those who are healed go on for a while, beside those who are not: now and then they write, and it must reach them all in
 * the time that a healthy world takes. What lets go of a document, a connection or a grant only after a while does it now.
 */
export function soak(scene: Scene, people: readonly Person[], random: SeededRandom): void {
  const { world } = scene
  const isLong = random.chance(longChance)
  const untilMs = world.nowMs + (isLong ? random.between(60_000, 90_000) : random.between(0, 1_000))
  if (isLong) scene.count('long soak')
  while (world.nowMs < untilMs) {
    const outside = outsideOf(scene, people)
    world.run(world.nowMs + random.interval(isLong ? 10_000 : 1_000))
    comeIn(scene, people, outside)
    editNow(scene, people, 'what the healed ones write while others stay broken is everywhere')
  }
}

/** Idle time costs little, but those outside are not idle. */
const longChance = 0.03
