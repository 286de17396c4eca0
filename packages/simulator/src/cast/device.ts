import { StoreDisk, type StoreDiskConditions } from '../disk/store-disk.ts'
import { type EntriesBetween, StoreTruth } from '../oracle/store-truth.ts'
import { MachineClock } from '../world/machine-clock.ts'
import { PageChannel, type PageChannelConditions } from '../world/page-channel.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'

/** A machine with a browser: tabs come and go, the storage stays. */
export interface Device {
  readonly name: string
  readonly store: StoreDisk
  readonly clock: MachineClock
  readonly truth: StoreTruth
  /** Between its tabs. */
  readonly pages: PageChannel
}

export interface DeviceConditions {
  readonly store: StoreDiskConditions
  readonly pages: PageChannelConditions
  /** How far the clocks of machines are ahead, by name. */
  readonly skews: Readonly<Record<string, number>>
}

export function createDevice(
  world: World,
  random: SeededRandom,
  name: string,
  conditions: DeviceConditions,
  entriesBetween: EntriesBetween,
): Device {
  const truth = new StoreTruth(name, entriesBetween)
  return {
    name,
    truth,
    clock: new MachineClock(world, name, conditions.skews[name]),
    store: new StoreDisk(world, random, name, conditions.store, truth),
    pages: new PageChannel(world, random.named('pages'), conditions.pages),
  }
}
