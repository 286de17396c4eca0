import type { StoreTrouble } from '../disk/store-disk.ts'
import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/** A device's storage is in trouble for a while. */
function troubled(name: string, trouble: StoreTrouble, probability: number): FaultKind {
  return {
    name,
    befalls: 'people',
    probability,
    draw(random) {
      const meanMs = random.between(1500, 8000)
      const lastsMs = random.between(50, 4000)
      return {
        meanMs,
        describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
        strike(scene, r) {
          const { store } = r.pick(scene.peopleAtRisk).device
          scene.world.after(r.interval(lastsMs), store.suffer(trouble))
        },
      }
    },
  }
}

/** Its database is damaged, or the browser has a bad day. */
export const storeFails: FaultKind = troubled('store fails', 'broken', 0.15)

/** Its quota is used up. */
export const storeFull: FaultKind = troubled('store full', 'full', 0.15)

/** A newer version of the app holds it. */
export const storeBlocked: FaultKind = troubled('store blocked', 'blocked', 0.1)

/** Another page does not make way for an upgrade, until it does. */
export const storeStuck: FaultKind = troubled('store stuck', 'stuck', 0.1)

/** The browser closes the database under its pages. */
export const storeClosed: FaultKind = {
  name: 'store closed',
  befalls: 'people',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(500, 5000)
    return {
      meanMs,
      describe: every(meanMs),
      strike: (scene, r) => r.pick(scene.peopleAtRisk).device.store.loseConnection(),
    }
  },
}

/** It takes its time: a disk that spins up, a machine that swaps. Longer than a page waits for it, too. */
export const storeSlow: FaultKind = {
  name: 'store slow',
  befalls: 'people',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(500, 8000)
    const slow = {
      readMs: random.pick([1000, 4000]),
      commitMs: random.pick([500, 2000]),
      tailChance: 0,
      tailMs: 0,
    }
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        const { store } = r.pick(scene.peopleAtRisk).device
        const before = store.conditions
        store.conditions = slow
        scene.world.after(r.interval(lastsMs), () => {
          if (store.conditions === slow) store.conditions = before
        })
      },
    }
  },
}
