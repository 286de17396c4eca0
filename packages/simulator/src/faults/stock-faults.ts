import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/** A tab with stock clients dies: what it had not delivered is lost, and was promised to nobody. */
export const stockTabKill: FaultKind = {
  name: 'stock tab kill',
  befalls: 'people',
  probability: 0.4,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const awayMs = random.between(10, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, away for about ${awayMs.toFixed(0)} ms`,
      strike(scene, r) {
        if (scene.stockAtRisk.length === 0) return
        const person = r.pick(scene.stockAtRisk)
        person.tab?.kill(r.chance(0.7) ? 'reset' : 'silent')
        scene.world.after(r.interval(awayMs), () => {
          if (scene.stockAtRisk.includes(person)) person.openTab()
        })
      },
    }
  },
}

/** A tab with stock clients stops running for a while. */
export const stockTabFreeze: FaultKind = {
  name: 'stock tab freeze',
  befalls: 'people',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(10, 40_000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        if (scene.stockAtRisk.length === 0) return
        const release = r.pick(scene.stockAtRisk).tab?.process.pause()
        scene.world.after(r.interval(lastsMs), () => release?.())
      },
    }
  },
}
