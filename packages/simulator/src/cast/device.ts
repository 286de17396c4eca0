import { createMemoryStore } from '@tidemark/client'
import { StoreDisk, type StoreDiskConditions } from '../disk/store-disk.ts'
import { type EntriesBetween, StoreTruth } from '../oracle/store-truth.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'

/** A machine with a browser: tabs come and go, the storage stays. */
export interface Device {
  readonly name: string
  readonly store: StoreDisk
  readonly truth: StoreTruth
}

export function createDevice(
  world: World,
  random: SeededRandom,
  name: string,
  conditions: StoreDiskConditions,
  entriesBetween: EntriesBetween,
): Device {
  const truth = new StoreTruth(name, entriesBetween)
  return { name, truth, store: new StoreDisk(world, random, name, conditions, createMemoryStore(), truth) }
}
