import type { OpenDocument } from './cast/tab.ts'
import { Violation } from './oracle/violation.ts'
import type { Scene } from './scene.ts'

/** L2: every edit held on a device is acknowledged or refused for good within this time of virtual time. */
const restMsMax = 60_000
/** L1: what one appends, all others have within this time. */
const deliveryMsMax = 10_000

/** Ends all faults: processes run, the network carries, the disk has room, everybody has a tab with their documents. */
export function heal(scene: Scene): void {
  const { world, network, disk, relay, people } = scene
  world.record('world', 'healed')
  network.conditions = { ...network.conditions, latencyMs: 10, tailChance: 0, bytesPerMs: 10_000 }
  disk.conditions = { readMs: 1, commitMs: 2, tailChance: 0, tailMs: 0 }
  disk.full = false
  relay.process.resume()
  relay.start()
  network.heal()
  for (const person of people) {
    person.device.store.failing = false
    person.tab?.process.resume()
    person.openTab()
    for (const document of person.documents) person.tab?.open(document)
    person.tab?.tell('online')
    person.tab?.tell('shown')
    person.tab?.client.connect()
  }
}

/**
 * Runs until nothing is left to do. Then everybody makes one more edit, which must reach everybody, somebody included
 * who has just come and holds nothing.
 */
export function comeToRest(scene: Scene): void {
  waitFor(scene, 'L2', restMsMax, 'everything is saved and live')
  if (openAnewWhatCameLate(scene)) waitFor(scene, 'L2', restMsMax, 'what came late is saved')
  scene.invite().openTab()
  for (const person of scene.people) {
    for (const document of person.documents) {
      person.tab?.setPresence(document, { farewell: person.name })
      person.tab?.edit(
        document,
        (doc) => void doc.getMap('farewell').set(person.name, scene.world.nowMs),
        `<farewell ${person.name}>`,
      )
    }
  }
  waitFor(scene, 'L1', deliveryMsMax, 'the last edits are everywhere')
}

/**
 * A tab that is left stores its last edits while the next tab may have read the storage already: they are sent when the
 * document is opened again, and not before.
 */
function openAnewWhatCameLate(scene: Scene): boolean {
  let anything = false
  for (const { device, tab, documents } of scene.people) {
    for (const document of documents) {
      const late = scene.ledger.edits.some(
        (edit) =>
          edit.document === document && device.truth.has(document, edit.effect) && !scene.log.has(edit),
      )
      if (!late || tab === null) continue
      scene.count('edits came late to the device')
      anything = true
      void tab.close(document)
      tab.open(document)
    }
  }
  return anything
}

function waitFor(scene: Scene, property: string, withinMs: number, what: string): void {
  const { world } = scene
  world.record('world', 'waiting', what)
  if (world.run(world.nowMs + withinMs, () => whatIsLeft(scene) === null)) return
  throw new Violation(property, `after ${withinMs} ms of peace, before ${what}: ${whatIsLeft(scene)}`)
}

/** What is not at rest yet; null when all is. */
function whatIsLeft(scene: Scene): string | null {
  for (const person of scene.people) {
    if (person.tab === null) return `${person.name} has no tab`
    if (person.isLeaving) return `a tab of ${person.name} is still being left`
    for (const [document, open] of person.tab.documents) {
      const left = leftIn(scene, document, open)
      if (left !== null) return `${document} in ${person.tab.process.name}: ${left}`
    }
  }
  return null
}

/** PRE2: everybody sees who is there, and nobody else. */
function wrongPresence(scene: Scene, document: string, { handle }: OpenDocument): string | null {
  const expected: [number, unknown][] = []
  for (const { tab } of scene.people) {
    const open = tab?.documents.get(document)
    if (open && open.handle !== handle && open.presence !== null)
      expected.push([open.handle.presence.id, open.presence])
  }
  const shown = (entries: Iterable<[number, unknown]>): string =>
    JSON.stringify([...entries].sort(([a], [b]) => a - b))
  const seen = shown(handle.presence.getSnapshot())
  return seen === shown(expected) ? null : `sees ${seen} instead of ${shown(expected)}`
}

function leftIn(scene: Scene, document: string, open: OpenDocument): string | null {
  const { connection, edits, seq, behind, error } = open.handle.status
  const head = scene.disk.durable.load(document)?.head
  if (connection !== 'live')
    return `the connection is ${connection}${error ? `, ${error.code}: ${error.message}` : ''}`
  if (edits !== 'saved') return `edits are ${edits}${error ? `, ${error.code}: ${error.message}` : ''}`
  if (seq !== head || behind !== 0) return `seq is ${seq}, behind by ${behind}, and the log's head is ${head}`
  return wrongPresence(scene, document, open)
}
