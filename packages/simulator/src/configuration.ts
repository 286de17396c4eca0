import type { RelayLimits } from '@tidemark/relay'
import type { LogDiskConditions } from './disk/log-disk.ts'
import type { StoreDiskConditions } from './disk/store-disk.ts'
import { type DrawnFault, drawFaults } from './faults/draw.ts'
import { drawHabits, type Habits } from './people/behaviour.ts'
import type { NetworkConditions } from './world/conditions.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/** All that a seed decides before anything happens. */
export interface Configuration {
  readonly documents: readonly string[]
  readonly people: readonly PersonConfiguration[]
  readonly network: NetworkConditions
  readonly disk: LogDiskConditions
  readonly store: StoreDiskConditions
  readonly limits: Partial<RelayLimits>
  readonly faults: readonly DrawnFault[]
  /** Virtual time of the first phase. */
  readonly faultsMs: number
}

export interface PersonConfiguration {
  readonly name: string
  /** Two people at one device stand for two tabs of one browser. */
  readonly device: string
  readonly documents: readonly string[]
  readonly habits: Habits
}

export function drawConfiguration(random: SeededRandom): Configuration {
  const documents = random.chance(0.6) ? ['d1'] : ['d1', 'd2']
  return {
    documents,
    people: drawPeople(random, documents),
    network: drawNetwork(random),
    disk: drawDisk(random),
    store: drawStore(random),
    limits: drawLimits(random),
    faults: drawFaults(random.fork('faults')),
    faultsMs: random.between(1500, 8000),
  }
}

function drawPeople(random: SeededRandom, documents: readonly string[]): readonly PersonConfiguration[] {
  const count = 2 + random.below(3)
  const shared = random.chance(0.25)
  return Array.from({ length: count }, (_, index) => ({
    name: 'abcd'[index] as string,
    device: `device-${shared && index === 1 ? 0 : index}`,
    documents: random.chance(0.8) ? documents : [random.pick(documents)],
    habits: drawHabits(random),
  }))
}

function drawNetwork(random: SeededRandom): NetworkConditions {
  return {
    latencyMs: random.pick([1, 10, 40, 150]),
    tailChance: random.pick([0, 0.02, 0.2]),
    tailMs: random.between(10, 800),
    bytesPerMs: random.pick([2, 50, 10_000]),
    kernelBytes: random.pick([0, 1000, 64_000]),
  }
}

function drawDisk(random: SeededRandom): LogDiskConditions {
  return {
    readMs: random.pick([0.1, 2, 20]),
    commitMs: random.pick([0.5, 5, 60]),
    tailChance: random.pick([0, 0.05]),
    tailMs: random.between(10, 1500),
  }
}

function drawStore(random: SeededRandom): StoreDiskConditions {
  return {
    readMs: random.pick([0.5, 10, 100]),
    commitMs: random.pick([0.5, 10, 100]),
    tailChance: random.pick([0, 0.05]),
    tailMs: random.between(10, 1500),
  }
}

/** Small ones, so that what happens after days in production happens after seconds here. */
function drawLimits(random: SeededRandom): Partial<RelayLimits> {
  return {
    compactEntriesMax: random.pick([6, 30, 500]),
    compactEvictedEntriesMin: random.pick([2, 50]),
    tailBytesMax: random.pick([600, 5000, 262_144]),
    bufferedBytesMax: random.pick([300, 4000, 262_144]),
    readBytes: random.pick([200, 65_536]),
    evictAfterMs: random.pick([50, 2000, 60_000]),
    snapshotCacheMs: random.pick([10, 10_000]),
    verifyMsMin: 1000,
  }
}

/** For a failing seed: what was drawn, a line each. */
export function describeConfiguration(configuration: Configuration): readonly string[] {
  const { people, network, disk, store, limits, faults, faultsMs } = configuration
  const shown = (value: object): string =>
    JSON.stringify(value, (_, v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v))
  return [
    ...people.map(
      ({ name, device, documents, habits }) =>
        `${name} at ${device}: ${documents.join(' ')}, acts every ${habits.actMs.toFixed(0)} ms`,
    ),
    `network ${shown(network)}`,
    `disk ${shown(disk)}`,
    `store ${shown(store)}`,
    `limits ${shown(limits)}`,
    ...faults.map(({ name, fault }) => `fault: ${name}, ${fault.describe}`),
    `faults for ${faultsMs.toFixed(0)} ms`,
  ]
}
