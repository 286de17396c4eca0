import type { Right } from '../cast/access-table.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import { type FaultKind, hostsAtRisk } from './fault.ts'
import { every } from './network-faults.ts'

/**
 * Somebody loses access to a document, or may only read it: by mistake, for a moment, or for good; the relay is told, or
 * has to find out. Some click their way through all the rights there are before they have found the one they mean, and some
 * services answer slowly when what they had at hand has changed.
 */
export const accessChanged: FaultKind = {
  name: 'access changed',
  befalls: 'people',
  probability: 0.35,
  draw(random) {
    const meanMs = random.between(250, 4000)
    const lastsMs = random.chance(0.5) ? random.between(100, 3000) : random.between(3000, 60_000)
    const clicksMax = random.pick([1, 4])
    const slowMs = random.pick([0, 1000])
    const toldChance = random.pick([0, 0.5, 1])
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms, told in ${toldChance * 100} %`,
      strike(scene, r) {
        const principal = r.pick(hostsAtRisk(scene))
        const document = r.pick(scene.documents)
        const isTold = r.chance(toldChance)
        if (slowMs > 0) slowDown(scene, r.interval(slowMs))
        for (let left = r.below(clicksMax), atMs = 0; left > 0; left--) {
          atMs += r.interval(clickMs)
          const right = r.pick<Right>([null, 'read', 'write'])
          scene.world.after(atMs, () => {
            if (hostsAtRisk(scene).includes(principal)) change(scene, principal, document, right, isTold)
          })
        }
        change(scene, principal, document, r.pick<Right>([null, 'read']), isTold)
        scene.world.after(r.interval(lastsMs), () => {
          if (hostsAtRisk(scene).includes(principal))
            change(scene, principal, document, scene.access.usual(principal, document), isTold)
        })
      },
    }
  },
}

const clickMs = 150

function slowDown({ phase, world, accessService }: Scene, forMs: number): void {
  if (phase !== 'faults' || accessService.state !== 'prompt') return
  accessService.state = 'slow'
  world.after(forMs, () => {
    if (accessService.state === 'slow') accessService.state = 'prompt'
  })
}

function change(
  { world, access, accessTruth, relay }: Scene,
  principal: string,
  document: string,
  right: Right,
  isTold: boolean,
): void {
  world.record('owner', 'access', `${principal} ${document} ${right ?? 'none'}${isTold ? '' : ', not told'}`)
  access.set(principal, document, right)
  if (isTold) relay.reauthorize({ principal, document }, accessTruth)
}

/** The service that decides about access answers late, with errors, or not at all. */
export const accessServiceFails: FaultKind = {
  name: 'access service fails',
  befalls: 'relay',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(50, 8000)
    const ways = drawWays(random)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms: ${ways.join(', ')}`,
      strike(scene, r) {
        const { accessService } = scene
        accessService.state = r.pick(ways)
        scene.world.after(r.interval(lastsMs), () => {
          accessService.state = 'prompt'
        })
      },
    }
  },
}

function drawWays(random: SeededRandom): readonly ('slow' | 'failing' | 'hanging')[] {
  const all = ['slow', 'failing', 'hanging'] as const
  return random.chance(0.5) ? all : [random.pick(all)]
}
