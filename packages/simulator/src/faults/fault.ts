import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

/** One way in which the world may misbehave. A seed draws a subset of all kinds, each with its own rates. */
export interface FaultKind {
  readonly name: string
  /** How often a seed has it. */
  readonly probability: number
  /** Draws the rates; `describe` shows them when the seed fails. */
  draw(random: SeededRandom): Fault
}

export interface Fault {
  readonly describe: string
  /** Does one such thing now, and undoes it in time. Called again and again until the world is healed. */
  strike(scene: Scene, random: SeededRandom): void
  readonly meanMs: number
}

/** Lets a fault strike at random times as long as the scene is in its first phase. */
export function unleash(scene: Scene, name: string, fault: Fault, random: SeededRandom): void {
  const next = (): void => {
    scene.world.after(random.interval(fault.meanMs), () => {
      if (scene.phase !== 'faults') return
      scene.count(`fault ${name}`)
      fault.strike(scene, random)
      next()
    })
  }
  next()
}
