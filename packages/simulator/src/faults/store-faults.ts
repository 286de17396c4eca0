import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/** A device's storage fails for a while: its quota is used up, its database was closed by the browser. */
export const storeFails: FaultKind = {
  name: 'store fails',
  befalls: 'people',
  probability: 0.2,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(50, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        const { store } = r.pick(scene.peopleAtRisk).device
        store.failing = true
        scene.world.after(r.interval(lastsMs), () => {
          store.failing = false
        })
      },
    }
  },
}
