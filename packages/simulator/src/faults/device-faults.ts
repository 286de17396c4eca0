import type { Device } from '../cast/device.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/**
 * The machine loses its power. What the operating system had been given and not yet written is gone: the last
 * transactions, in their order.
 */
export const powerLoss: FaultKind = deviceLoses('device power loss', 0.15, async (scene, device, random) => {
  endAllTabs(scene, device, random)
  const { store } = device
  const safe = store.changesBefore(scene.world.nowMs - random.interval(flushMs))
  await store.rewind(safe + random.below(store.changes - safe + 1))
})

/** The machine is set back to an image that was made of it some time ago. */
export const rolledBack: FaultKind = deviceLoses(
  'device rolled back',
  0.12,
  async (scene, device, random) => {
    endAllTabs(scene, device, random)
    await device.store.rewind(random.below(device.store.changes + 1))
  },
)

/** The browser evicts the storage, or somebody clears it: under its tabs, or while there is none. */
export const wiped: FaultKind = deviceLoses('device wiped', 0.15, async (scene, device, random) => {
  if (random.chance(0.3)) endAllTabs(scene, device, random)
  await device.store.rewind(0)
})

type Lose = (scene: Scene, device: Device, random: SeededRandom) => Promise<void>

function deviceLoses(name: string, probability: number, lose: Lose): FaultKind {
  return {
    name,
    befalls: 'people',
    probability,
    draw(random) {
      const meanMs = random.between(1500, 10_000)
      return {
        meanMs,
        describe: every(meanMs),
        strike(scene, r) {
          const { device } = r.pick(scene.peopleAtRisk)
          // Settled before the event is over: nothing in it waits.
          void lose(scene, device, r).then(() => admitLoss(scene, device))
        },
      }
    },
  }
}

/** What a device does not hold any more was not promised to survive that. */
export function admitLoss({ ledger }: Scene, { name, truth }: Device): void {
  ledger.deviceLost(
    name,
    ({ document, effect }) => truth.has(document, effect) || truth.hasAside(document, effect),
  )
}

/** They are opened again after a while. */
function endAllTabs(scene: Scene, device: Device, random: SeededRandom): void {
  const notice = random.chance(0.5) ? 'reset' : 'silent'
  for (const person of scene.people.filter((each) => each.device === device)) {
    person.kill(notice)
    scene.world.after(random.interval(awayMs), () => person.openTab())
  }
}

/** After this an operating system has usually written what it was given. */
const flushMs = 3000
const awayMs = 1500
