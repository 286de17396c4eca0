import type { Person } from './cast/person.ts'
import type { StockPerson } from './cast/stock-person.ts'
import type { LogDiskConditions } from './disk/log-disk.ts'
import type { StoreDiskConditions } from './disk/store-disk.ts'
import type { Scene } from './scene.ts'
import type { NetworkConditions } from './world/conditions.ts'
import type { PageChannelConditions } from './world/page-channel.ts'
import type { SeededRandom } from './world/seeded-random.ts'

export const calmNetwork: NetworkConditions = {
  latencyMs: 10,
  tailChance: 0,
  tailMs: 0,
  bytesPerMs: 10_000,
  kernelBytes: 64_000,
}
export const calmDisk: LogDiskConditions = { readMs: 1, commitMs: 2, tailChance: 0, tailMs: 0 }
export const calmPages: PageChannelConditions = { lossChance: 0, repeatChance: 0, delayMs: 1 }
export const calmStore: StoreDiskConditions = { readMs: 1, commitMs: 2, tailChance: 0, tailMs: 0 }

/** The relay runs on a disk that works and has room, over a network that carries. */
export function healRelay({ world, network, disk, relay, owner, accessService }: Scene): void {
  world.record('world', 'relay healed')
  network.conditions = { ...calmNetwork, kernelBytes: network.conditions.kernelBytes }
  disk.heal(calmDisk)
  accessService.state = 'prompt'
  relay.process.resume()
  // The next one takes its place at once.
  if (relay.isStopping) relay.kill('reset')
  owner.settle()
  relay.start()
}

/**
 * Each of them has a device that works, a network, and a tab with their documents. Nobody tells the clients: what they
 * have to do now they must find out by themselves. Some people happen to look at their page.
 */
export function healPeople(
  { world, network, relay, access, accessTruth }: Scene,
  people: readonly Person[],
  random: SeededRandom,
): void {
  for (const person of people) {
    const { device } = person
    world.record(person.name, 'healed')
    network.forgetSome(device.name)
    network.heal(device.name)
    access.restore(device.name)
    relay.reauthorize({ principal: device.name }, accessTruth)
    device.store.trouble = null
    device.store.conditions = calmStore
    person.tab?.process.resume()
    person.comeBack()
    const { tab } = person
    if (tab === null) continue
    for (const document of person.documents) tab.open(document)
    if (random.named(person.name).chance(0.5)) tab.process.enter(() => tab.tell('shown'))
  }
}

/** Those with stock clients have a network, access, and a tab with their documents. */
export function healStock(
  { world, network, relay, access, accessTruth }: Scene,
  stock: readonly StockPerson[],
): void {
  for (const person of stock) {
    world.record(person.name, 'healed')
    network.forgetSome(person.host)
    network.heal(person.host)
    access.restore(person.host)
    relay.reauthorize({ principal: person.host }, accessTruth)
    person.tab?.process.resume()
    person.comeBack()
    for (const document of person.documents) person.tab?.open(document)
  }
}

/**
 * How somebody may be broken for as long as only a core is healed, beside the faults that go on striking them: what a fault
 * undoes is its own strike, never this.
 */
const ways: Readonly<Record<string, (scene: Scene, person: Person) => unknown>> = {
  'cut off': ({ network }, { device }) => network.isolate(device.name),
  'reaches nobody': ({ network }, { device }) => network.isolate(device.name, 'up'),
  'is not reached': ({ network }, { device }) => network.isolate(device.name, 'down'),
  frozen: (_scene, { tab }) => tab?.process.pause(),
  'without storage': (_scene, { device }) => device.store.suffer('broken'),
  gone: (_scene, person) => person.goAway(),
  'as before': () => null,
}

export function breakPeople(scene: Scene, people: readonly Person[], random: SeededRandom): void {
  for (const person of people) {
    const way = random.named(person.name).pick(Object.keys(ways))
    scene.world.record(person.name, 'stays broken', way)
    scene.count(`outside the core: ${way}`)
    ways[way]?.(scene, person)
  }
}

const stockWays: Readonly<Record<string, (scene: Scene, person: StockPerson) => unknown>> = {
  'cut off': ({ network }, { host }) => network.isolate(host),
  'reaches nobody': ({ network }, { host }) => network.isolate(host, 'up'),
  'is not reached': ({ network }, { host }) => network.isolate(host, 'down'),
  frozen: (_scene, { tab }) => tab?.process.pause(),
  gone: (_scene, person) => person.goAway(),
  'as before': () => null,
}

export function breakStock(scene: Scene, stock: readonly StockPerson[], random: SeededRandom): void {
  for (const person of stock) {
    const way = random.named(person.name).pick(Object.keys(stockWays))
    scene.world.record(person.name, 'stays broken', way)
    stockWays[way]?.(scene, person)
  }
}
