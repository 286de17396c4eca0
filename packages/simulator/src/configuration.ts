import type { RelayLimits } from '@tidemark/relay'
import { drawStrangers, type StrangerConfiguration } from './abuse/strangers.ts'
import type { Right } from './cast/access-table.ts'
import type { OwnerHabits } from './cast/owner.ts'
import type { LogDiskConditions } from './disk/log-disk.ts'
import type { StoreDiskConditions } from './disk/store-disk.ts'
import { type DrawnFault, drawFaults } from './faults/draw.ts'
import { drawHabits, type Habits } from './people/habits.ts'
import type { NetworkConditions } from './world/conditions.ts'
import type { PageChannelConditions } from './world/page-channel.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/** Small worlds find most and cost least; what takes a crowd must come up too. */
const peopleCounts = [2, 2, 2, 3, 3, 3, 4, 4, 5, 8]
/** At the first device. */
const tabCounts = [1, 1, 1, 2, 2, 3]
const documentCounts = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4]

/** All that a seed decides before anything happens. */
export interface Configuration {
  readonly documents: readonly string[]
  readonly people: readonly PersonConfiguration[]
  /** Those with stock y-websocket clients. */
  readonly stock: readonly StockConfiguration[]
  readonly strangers: readonly StrangerConfiguration[]
  /** Names of the devices that are healed first. */
  readonly core: readonly string[]
  /** Who may not simply write. A device is a principal. */
  readonly rights: readonly RightConfiguration[]
  readonly network: NetworkConditions
  /** Machines with a line of their own, by name. */
  readonly lines: Readonly<Record<string, NetworkConditions>>
  /** How far the clocks of machines are ahead when the world begins, by name, the relay's included. */
  readonly skews: Readonly<Record<string, number>>
  readonly disk: LogDiskConditions
  readonly owner: OwnerHabits
  readonly store: StoreDiskConditions
  readonly pages: PageChannelConditions
  readonly limits: Partial<RelayLimits>
  /** Of the relay's machine: what a job that needs the whole document takes on average. */
  readonly replayMs: number
  /** How long a turn of the relay's event loop takes at most. */
  readonly turnMsMax: number
  readonly faults: readonly DrawnFault[]
  /** Virtual time of the first phase. */
  readonly faultsMs: number
}

export interface RightConfiguration {
  readonly device: string
  readonly document: string
  readonly right: Right
}

export interface StockConfiguration {
  readonly name: string
  /** The machine, and the principal. */
  readonly host: string
  readonly documents: readonly string[]
  readonly habits: Habits
  /** Healed with the core. */
  readonly isCore: boolean
}

export interface PersonConfiguration {
  readonly name: string
  /** Two people at one device stand for two tabs of one browser. */
  readonly device: string
  readonly documents: readonly string[]
  readonly habits: Habits
}

export function drawConfiguration(random: SeededRandom): Configuration {
  const documents = ['d1', 'd2', 'd3', 'd4'].slice(0, random.pick(documentCounts))
  const people = drawPeople(random, documents)
  const stock = drawStock(random.named('stock'), documents)
  const principals = [...people.map(({ device }) => device), ...stock.map(({ host }) => host)]
  const strangers = drawStrangers(random.named('strangers'), documents)
  return paced({
    documents,
    people,
    stock,
    strangers,
    core: drawCore(random, people),
    rights: drawRights(random.named('rights'), documents, principals),
    network: drawNetwork(random),
    lines: drawLines(random.named('lines'), principals),
    skews: drawSkews(random.named('skews'), ['relay', ...principals]),
    disk: drawDisk(random),
    owner: drawOwner(random),
    store: drawStore(random),
    pages: drawPages(random.named('pages')),
    limits: withRoomFor(strangers, drawLimits(random, people.length + stock.length)),
    replayMs: random.pick([0, 5, 300]),
    turnMsMax: random.named('turns').pick([0.5, 0.5, 0.5, 10]),
    faults: drawFaults(random.fork('faults')),
    faultsMs: random.between(1500, 6500),
  })
}

/**
 * What a log lost is given back in one update, or not at all: where those are small, nobody writes so fast that a minute
 * offline is more than one.
 */
function paced(drawn: Configuration): Configuration {
  if (drawn.limits.updateBytesMax !== smallUpdateBytesMax) return drawn
  const people = drawn.people.map((person) => {
    const tabs = drawn.people.filter(({ device }) => device === person.device).length
    return {
      ...person,
      habits: { ...person.habits, actMs: Math.max(person.habits.actMs, tabs * pacedActMs) },
    }
  })
  return { ...drawn, people }
}

const smallUpdateBytesMax = 60_000
/** Of all tabs of a device. An act takes some 60 bytes on average. */
const pacedActMs = 80

function drawPeople(random: SeededRandom, documents: readonly string[]): readonly PersonConfiguration[] {
  const count = random.pick(peopleCounts)
  const tabs = random.named('tabs').pick(tabCounts)
  return Array.from({ length: count }, (_, index) => ({
    name: 'abcdefgh'[index] as string,
    device: `device-${index < tabs ? 0 : index}`,
    documents: random.chance(0.8) ? documents : [random.pick(documents)],
    habits: drawHabits(random),
  }))
}

/** Everybody in half of the worlds; else one at least, and not all. */
function drawCore(random: SeededRandom, people: readonly PersonConfiguration[]): readonly string[] {
  const devices = [...new Set(people.map(({ device }) => device))]
  if (devices.length === 1 || random.chance(0.5)) return devices
  const first = random.below(devices.length)
  const left = (first + 1 + random.below(devices.length - 1)) % devices.length
  return devices.filter((_, index) => index === first || (index !== left && random.chance(0.5)))
}

/** In some worlds some may only read, or nothing at all. The first may write everything. */
function drawRights(
  random: SeededRandom,
  documents: readonly string[],
  principals: readonly string[],
): readonly RightConfiguration[] {
  if (random.chance(0.6)) return []
  const others = [...new Set(principals)].slice(1)
  return documents.flatMap((document) =>
    others
      .map((device) => ({ device, document, right: random.pick<Right>(['write', 'write', 'read', null]) }))
      .filter(({ right }) => right !== 'write'),
  )
}

const stockCounts = [0, 0, 0, 1, 1, 2]

function drawStock(random: SeededRandom, documents: readonly string[]): readonly StockConfiguration[] {
  return Array.from({ length: random.pick(stockCounts) }, (_, index) => ({
    name: 'st'[index] as string,
    host: `stock-${index}`,
    documents: random.chance(0.7) ? documents : [random.pick(documents)],
    habits: drawHabits(random),
    isCore: random.chance(0.7),
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

/** Seldom have all the same: in some worlds some are on a train. */
function drawLines(random: SeededRandom, hosts: readonly string[]): Configuration['lines'] {
  if (random.chance(0.6)) return {}
  const slow = hosts.filter(() => random.chance(0.4))
  return Object.fromEntries(slow.map((host) => [host, drawLine(random)]))
}

function drawLine(random: SeededRandom): NetworkConditions {
  return {
    latencyMs: random.pick([40, 150, 400]),
    tailChance: random.pick([0, 0.2]),
    tailMs: random.between(100, 2000),
    bytesPerMs: random.pick([0.5, 2, 20]),
    kernelBytes: random.pick([0, 1000]),
  }
}

/** In some worlds no two clocks agree. */
function drawSkews(random: SeededRandom, machines: readonly string[]): Configuration['skews'] {
  if (random.chance(0.6)) return {}
  const worstMs = random.pick([2_000, 86_400_000])
  return Object.fromEntries(machines.map((machine) => [machine, random.between(-worstMs, worstMs)]))
}

function drawDisk(random: SeededRandom): LogDiskConditions {
  return {
    readMs: random.pick([0.1, 2, 20]),
    commitMs: random.pick([0.5, 5, 60]),
    tailChance: random.pick([0, 0.05]),
    tailMs: random.between(10, 1500),
  }
}

function drawOwner(random: SeededRandom): OwnerHabits {
  return {
    backupMs: random.between(300, 4000),
    reactionMs: random.between(50, 1500),
    isAway: random.chance(0.4),
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

/** Nothing may depend on what tabs tell each other: in some worlds all of it is lost. */
function drawPages(random: SeededRandom): PageChannelConditions {
  return {
    lossChance: random.pick([0, 0, 0.3, 1]),
    repeatChance: random.pick([0, 0.2]),
    delayMs: random.pick([1, 20, 400]),
  }
}

/** Small ones, so that what happens after days in production happens after seconds here. */
function drawLimits(random: SeededRandom, writers: number): Partial<RelayLimits> {
  const bufferedBytesMax = random.pick([300, 4000, 262_144])
  return {
    compactEntriesMax: random.pick([6, 30, 500]),
    compactEvictedEntriesMin: random.pick([2, 50]),
    compactKeptEntries: random.named('kept').pick([1, 3, 16]),
    tailBytesMax: random.pick([600, 5000, 262_144]),
    bufferedBytesMax,
    readBytes: random.pick([200, 65_536]),
    evictAfterMs: random.pick([50, 2000, 60_000]),
    snapshotCacheMs: random.pick([10, 10_000]),
    snapshotCacheBytesMax: random.named('cache').pick([300, 33_554_432]),
    windowBytesMax: random.pick([200, 262_144]),
    inFlightBytesMax: random.pick([(writers + 1) * pushBytes, 1_000_000]),
    snapshotBytesMax: random.pick([1500, 1_000_000, 1_000_000]),
    verifyMsMin: 1000,
    // A crowd is more than a world holds: here three are one.
    presenceRestMsPerReader: 5,
    grantMsMax: random.pick([1000, 1500, 6000, 60_000]),
    authorizeMsMax: random.pick([200, 500, 5000]),
    haltedRetryMs: random.pick([500, 5000, 60_000]),
    ...drawPaces(random.named('paces')),
    compactQuietMs: random.pick([200, 2000]),
    compactQuietEntriesMin: random.pick([3, 20, 500]),
    ...drawGrants(random, bufferedBytesMax),
  }
}

/** What a small push counts for on its way into the log: everybody's, the newcomer's too, must find room at once. */
const pushBytes = 300

/** What the relay does only after a while, or only so often. In most worlds as in production. */
function drawPaces(random: SeededRandom): Partial<RelayLimits> {
  return {
    idleMsMax: random.pick([5_000, 20_000, 60_000, 60_000]),
    keepAliveMs: random.pick([2_000, 12_000, 12_000]),
    // A page waits for its device for 5 s before it opens a document.
    firstOpenMsMax: random.pick([7_000, 10_000, 10_000]),
    differenceMsMin: random.pick([50, 1_000]),
    resyncMsMin: random.pick([100, 5_000]),
  }
}

/**
 * Whoever may write a document can fill what it takes before it is stored: with as little room as otherwise, nobody else
 * would get any.
 */
function withRoomFor(
  strangers: readonly StrangerConfiguration[],
  limits: Partial<RelayLimits>,
): Partial<RelayLimits> {
  if (!strangers.some(({ kind }) => kind === 'insider')) return limits
  return { ...limits, inFlightBytesMax: Math.max(limits.inFlightBytesMax ?? 0, 500_000) }
}

/** What strangers run into. What people send at once must fit. */
function drawGrants(random: SeededRandom, bufferedBytesMax: number): Partial<RelayLimits> {
  const updateBytesMax = random.pick([smallUpdateBytesMax, 4_194_304])
  return {
    updateBytesMax,
    frameBytesMax: 2 * updateBytesMax,
    terminateBytesMax: updateBytesMax + 2 * bufferedBytesMax,
    openingBytesMax: random.pick([3_000, 8_388_608]),
    sessionsMax: random.pick([8, 256]),
    presenceBytesMax: random.pick([100, 4096]),
  }
}

/** For a failing seed: what was drawn, a line each. */
export function describeConfiguration(configuration: Configuration): readonly string[] {
  const {
    people,
    stock,
    strangers,
    core,
    rights,
    network,
    lines,
    skews,
    disk,
    owner,
    store,
    pages,
    limits,
    replayMs,
    turnMsMax,
    faults,
    faultsMs,
  } = configuration
  const shown = (value: object): string =>
    JSON.stringify(value, (_, v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v))
  return [
    ...people.map(
      ({ name, device, documents, habits }) =>
        `${name} at ${device}: ${documents.join(' ')}, acts ${rhythmOf(habits)}`,
    ),
    ...stock.map(
      ({ name, host, documents, habits, isCore }) =>
        `${name} at ${host}, a stock client${isCore ? ', healed first' : ''}: ${documents.join(' ')}, acts ${rhythmOf(habits)}`,
    ),
    ...strangers.map(
      ({ name, kind, documents, actMs, deeds }) =>
        `${name}, ${kind}: ${documents.join(' ')}, acts every ${actMs.toFixed(0)} ms: ${deeds.join(' ')}`,
    ),
    `healed first: ${core.join(' ')}`,
    ...rights.map(({ device, document, right }) => `${device} may ${right ?? 'not open'} ${document}`),
    `network ${shown(network)}`,
    ...Object.entries(lines).map(([host, line]) => `line of ${host} ${shown(line)}`),
    ...(Object.keys(skews).length > 0 ? [`clocks ahead by ms ${shown(skews)}`] : []),
    `disk ${shown(disk)}, replays in ${replayMs} ms, turns of ${turnMsMax} ms`,
    `owner ${shown(owner)}`,
    `store ${shown(store)}`,
    `pages ${shown(pages)}`,
    `limits ${shown(limits)}`,
    ...faults.map(({ name, fault }) => `fault: ${name}, ${fault.describe}`),
    `faults for ${faultsMs.toFixed(0)} ms`,
  ]
}

function rhythmOf({ actMs, runLength, spell }: Habits): string {
  const rests = spell === null ? '' : `, rests ${spell.restMs.toFixed(0)} ms after ${spell.edits}`
  return `every ${actMs.toFixed(0)} ms in runs of ${runLength}${rests}`
}
