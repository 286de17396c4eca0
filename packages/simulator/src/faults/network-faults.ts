import type { Scene } from '../scene.ts'
import type { Connection } from '../world/network.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import { connectionsAtRisk, type FaultKind, hostsAtRisk } from './fault.ts'

/** A connection breaks in the middle of whatever it carries. */
export const cut: FaultKind = {
  name: 'cut',
  befalls: 'people',
  probability: 0.5,
  draw(random) {
    const meanMs = random.between(400, 5000)
    return { meanMs, describe: every(meanMs), strike: (scene, r) => anyConnection(scene, r)?.cut() }
  },
}

/**
 * One direction, or both, carries nothing for a while; nobody is told. Some people do not wait: they connect anew, and what
 * was held back arrives beside that.
 */
export const stall: FaultKind = {
  name: 'stall',
  befalls: 'people',
  probability: 0.4,
  draw(random) {
    const meanMs = random.between(500, 6000)
    const lastsMs = random.chance(0.5) ? random.between(50, 3000) : random.between(3000, 20_000)
    const patienceMs = random.pick([null, 300, 1500])
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms; people wait for ${patienceMs ?? 'any'} ms`,
      strike(scene, r) {
        const connection = anyConnection(scene, r)
        const release = connection?.stall(r.pick(['up', 'down', 'both']))
        scene.world.after(r.interval(lastsMs), () => release?.())
        if (connection && patienceMs !== null)
          scene.world.after(r.interval(patienceMs), () => connectAnew(scene, connection.host))
      },
    }
  },
}

function connectAnew({ peopleAtRisk }: Scene, host: string): void {
  for (const { device, tab } of peopleAtRisk)
    if (device.name === host) tab?.process.enter(() => tab.client.reconnect())
}

/** One end is told that the connection is gone, the other is not. */
export const halfOpen: FaultKind = {
  name: 'half-open',
  befalls: 'people',
  probability: 0.4,
  draw(random) {
    const meanMs = random.between(1000, 8000)
    return {
      meanMs,
      describe: every(meanMs),
      strike: (scene, r) => anyConnection(scene, r)?.breakFor(r.pick(['client', 'relay'])),
    }
  },
}

/** A device loses its network for a while, or one way of it. */
export const isolate: FaultKind = {
  name: 'isolate',
  befalls: 'people',
  probability: 0.4,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(100, 15_000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        const name = r.pick(hostsAtRisk(scene))
        const release = scene.network.isolate(name, r.pick(['both', 'both', 'up', 'down']))
        scene.world.after(r.interval(lastsMs), release)
      },
    }
  },
}

export function every(meanMs: number): string {
  return `every ${meanMs.toFixed(0)} ms`
}

function anyConnection(scene: Scene, random: SeededRandom): Connection | undefined {
  const connections = connectionsAtRisk(scene)
  return connections.length === 0 ? undefined : random.pick(connections)
}
