import type { SeededRandom } from '../world/seeded-random.ts'
import { accessChanged, accessServiceFails } from './access-faults.ts'
import { powerLoss, rolledBack, wiped } from './device-faults.ts'
import { diskFaults } from './disk-faults.ts'
import type { Befalls, Fault, FaultKind } from './fault.ts'
import { cut, halfOpen, isolate, stall } from './network-faults.ts'
import { clockJump, relayCrash, relayPause, relayStop, tabFreeze, tabKill } from './process-faults.ts'
import { stockTabFreeze, stockTabKill } from './stock-faults.ts'
import { storeBlocked, storeClosed, storeFails, storeFull, storeSlow, storeStuck } from './store-faults.ts'

const faultKinds: readonly FaultKind[] = [
  cut,
  stall,
  halfOpen,
  isolate,
  relayCrash,
  relayPause,
  relayStop,
  tabKill,
  tabFreeze,
  clockJump,
  ...diskFaults,
  storeFails,
  storeFull,
  storeBlocked,
  storeStuck,
  storeClosed,
  storeSlow,
  powerLoss,
  rolledBack,
  wiped,
  accessChanged,
  accessServiceFails,
  stockTabKill,
  stockTabFreeze,
]

export const faultNames: readonly string[] = faultKinds.map(({ name }) => name)

export interface DrawnFault {
  readonly name: string
  readonly befalls: Befalls
  readonly fault: Fault
}

/** A subset, not a mix of all: where everything fails a little, rare coincidences of two faults never come up. */
export function drawFaults(random: SeededRandom): readonly DrawnFault[] {
  const drawn: DrawnFault[] = []
  for (const { name, befalls, probability, draw } of faultKinds) {
    // By its name: a new kind moves nothing in the others.
    const own = random.named(name)
    const fault = draw(own)
    if (own.chance(probability)) drawn.push({ name, befalls, fault })
  }
  return drawn
}
