import type { Person } from './cast/person.ts'
import type { Scene } from './scene.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/** The relay runs on a disk with room, over a network that carries. */
export function healRelay({ world, network, disk, relay }: Scene): void {
  world.record('world', 'relay healed')
  network.conditions = { ...network.conditions, latencyMs: 10, tailChance: 0, bytesPerMs: 10_000 }
  disk.conditions = { readMs: 1, commitMs: 2, tailChance: 0, tailMs: 0 }
  disk.full = false
  relay.process.resume()
  relay.start()
}

/** Each of them has a device that works, a network, and a tab with their documents. */
export function healPeople({ world, network }: Scene, people: readonly Person[]): void {
  for (const person of people) {
    const { device } = person
    world.record(person.name, 'healed')
    network.heal(device.name)
    device.store.failing = false
    person.tab?.process.resume()
    person.openTab()
    for (const document of person.documents) person.tab?.open(document)
    person.tab?.tell('online')
    person.tab?.tell('shown')
    person.tab?.client.connect()
  }
}

/** How somebody may be broken for as long as only a core is healed, beside the faults that go on striking them. */
const ways: Readonly<Record<string, (scene: Scene, person: Person) => void>> = {
  'cut off': ({ network }, { device }) => network.isolate(device.name),
  frozen: (_scene, { tab }) => tab?.process.pause(),
  'without storage': (_scene, { device }) => {
    device.store.failing = true
  },
  gone: (_scene, { tab }) => tab?.kill('silent'),
  'as before': () => {},
}

export function breakPeople(scene: Scene, people: readonly Person[], random: SeededRandom): void {
  for (const person of people) {
    const way = random.pick(Object.keys(ways))
    scene.world.record(person.name, 'stays broken', way)
    scene.count(`outside the core: ${way}`)
    ways[way]?.(scene, person)
  }
}
