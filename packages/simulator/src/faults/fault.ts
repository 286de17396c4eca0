import type { Scene } from '../scene.ts'
import type { Connection } from '../world/network.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

export type Befalls = 'relay' | 'people'

/** One way in which the world may misbehave. A seed draws a subset of all kinds, each with its own rates. */
export interface FaultKind {
  readonly name: string
  /**
   * What befalls the relay, its disk or its machine ends when a core is healed; what befalls people, their devices and
   * connections goes on for those outside the core: it picks among `scene.peopleAtRisk` and `connectionsAtRisk`.
   */
  readonly befalls: Befalls
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

/** Lets a fault strike at random times until what it befalls has been healed. Each strike is a happening of its own. */
export function unleash(
  scene: Scene,
  { name, befalls, fault }: { name: string; befalls: Befalls; fault: Fault },
  random: SeededRandom,
): void {
  const next = (): void => {
    scene.world.after(random.interval(fault.meanMs), () => {
      if (befalls === 'relay' ? scene.phase !== 'faults' : scene.peopleAtRisk.length === 0) return
      scene.story.happens(name, (own) => {
        scene.count(`fault ${name}`)
        scene.world.record('fault', name)
        fault.strike(scene, own)
      })
      next()
    })
  }
  next()
}

/** Connections of those whom faults may befall now. */
export function connectionsAtRisk(scene: Scene): readonly Connection[] {
  const hosts = new Set(hostsAtRisk(scene))
  return scene.network.connections().filter(({ host }) => hosts.has(host))
}

/** Machines of those whom faults may befall now. */
export function hostsAtRisk({ peopleAtRisk, stockAtRisk }: Scene): readonly string[] {
  return [...peopleAtRisk.map(({ device }) => device.name), ...stockAtRisk.map(({ host }) => host)]
}
