import * as Y from 'yjs'
import type { Person } from './cast/person.ts'
import type { OpenDocument, Tab } from './cast/tab.ts'
import { meetClone } from './drill-clones.ts'
import { buildOnLoss } from './drill-loss.ts'
import { begin, editIn, isOnDevice, require, type Writer } from './drill-steps.ts'
import { admitLoss } from './faults/device-faults.ts'
import { Contents, effectOf } from './oracle/contents.ts'
import type { Edit } from './oracle/ledger.ts'
import { Violation } from './oracle/violation.ts'
import type { Scene } from './scene.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/** L8: what one tab must do for the others moves to another within this time. */
export const handOverMsMax = 5_000
/** L7: a storage that works again is used again within this time: the client's longest delay, and a write. */
export const storageMsMax = 11_000
/** An edit is on the device within this time while the storage works. */
const onDeviceMsMax = 1_000

/**
 * With everything healed, what one tab or one storage does is taken away on purpose, and the rest must do without it in
 * time. Under faults nobody could say since when it could have.
 */
export function drill(scene: Scene, random: SeededRandom): void {
  if (random.named('loss').chance(lossChance)) drillLoss(scene, random.named('loss'))
  else drillDevice(scene, random)
  const clonable = scene.documents.filter((document) => !scene.isHalted(document))
  if (clonable.length > 0 && random.named('clones').chance(clonesChance))
    meetClone(scene, random.pick(clonable))
}

function drillDevice(scene: Scene, random: SeededRandom): void {
  const writers = scene.people.flatMap((person) => writersOf(scene, person))
  const pairs = pairsOf(writers)
  if (pairs.length > 0) {
    const { one, other } = random.pick(pairs)
    if (random.chance(0.6)) handOver(scene, one, random)
    else showEachOther(scene, one, other, random)
  } else if (writers.length > 0 && random.chance(0.3)) outlast(scene, random.pick(writers), random)
}

function drillLoss(scene: Scene, random: SeededRandom): void {
  const writers = scene.people.flatMap((person) => writersOf(scene, person))
  const chains = pairsOf(writers).flatMap(({ one, other }) =>
    writers.filter((author) => isElsewhere(author, one)).map((author) => ({ one, other, author })),
  )
  if (chains.length > 0) buildOnLoss(scene, random.pick(chains), random)
}

function pairsOf(writers: readonly Writer[]): readonly { one: Writer; other: Writer }[] {
  return writers.flatMap((one) =>
    writers.filter((other) => areSiblings(one, other)).map((other) => ({ one, other })),
  )
}

/** Most of an hour passes: it costs as much as a few seeds. */
const clonesChance = 0.01
const lossChance = 0.1

/** L8: a tab stores an edit that it cannot send, and ends or freezes. Another tab of the device sends it. */
function handOver(scene: Scene, { person, tab, document }: Writer, random: SeededRandom): void {
  tab.client.disconnect()
  const edit = storedEdit(scene, person, tab, document)
  const end = random.pick(Object.keys(ends))
  begin(scene, `hand-over: ${end}`)
  ends[end]?.(person, tab)
  // An owner may just now repair the disk.
  const { process } = scene.relay
  const isDone = (): boolean => scene.relay.process !== process || !process.alive || scene.log.has(edit)
  require(scene, 'L8', handOverMsMax, `what a tab left is sent (${end})`, isDone)
  tab.process.resume()
  person.openTab()
  person.tab?.client.connect()
}

const ends: Readonly<Record<string, (person: Person, tab: Tab) => void>> = {
  killed: (_person, tab) => tab.kill('silent'),
  frozen: (_person, tab) => tab.process.pause(),
  left: (person) => person.leave(),
}

/**
 * SIB2: without a relay, tabs of one device show each other's edits, and who sees one goes on from there. One that comes
 * back by itself has sent it. The tab in the background may be the last that connects again: what is built on its edits
 * is there before them.
 */
function showEachOther(scene: Scene, one: Writer, other: Writer, random: SeededRandom): void {
  begin(scene, 'tabs without a relay')
  const tabs = scene.people.filter(({ device }) => device === one.person.device).map(({ tab }) => tab)
  for (const tab of tabs) tab?.client.disconnect()
  const edit = storedEdit(scene, one.person, one.tab, one.document)
  const isDone = (): boolean => isShown(other.open, edit) || scene.log.has(edit)
  require(scene, 'SIB2', handOverMsMax, 'another tab shows an edit', isDone)
  editIn(scene, other.tab, other.document)
  for (const tab of tabs) if (tab !== one.tab) tab?.client.connect()
  scene.world.run(scene.world.nowMs + random.between(0, 1_500))
  one.tab.client.connect()
}

/** L7: editing goes on while the storage does not work, the status says so, and it is used again when it works. */
function outlast(scene: Scene, { person, tab, document, open }: Writer, random: SeededRandom): void {
  const { store } = person.device
  tab.client.disconnect()
  const before = storedEdit(scene, person, tab, document)
  const trouble = random.pick(['broken', 'blocked', 'wiped'] as const)
  begin(scene, `storage: ${trouble}`)
  if (trouble === 'wiped') void store.rewind(0).then(() => admitLoss(scene, person.device))
  else {
    store.trouble = trouble
    editIn(scene, tab, document)
    const isTold = (): boolean =>
      open.handle.status.edits === 'in-memory' && open.handle.status.error?.code.startsWith('store/') === true
    require(scene, 'STA2', onDeviceMsMax, 'the status says that the storage fails', isTold)
    scene.world.run(scene.world.nowMs + random.between(0, 20_000))
    store.trouble = null
  }
  require(scene, 'L7', storageMsMax, 'everything is on the device again', () => {
    const { edits, error } = open.handle.status
    return edits !== 'in-memory' && error === null && open.edits.every((edit) => isOnDevice(person, edit))
  })
  if (!isOnDevice(person, before)) throw new Violation('L7', `${before.token} is not on the device again`)
  tab.client.connect()
}

function writersOf(scene: Scene, person: Person): readonly Writer[] {
  const { tab } = person
  if (tab === null || hasGhost(scene, person)) return []
  const mayWrite = (document: string): boolean =>
    scene.access.of(person.device.name, document) === 'write' && !scene.isHalted(document)
  return [...tab.documents]
    .filter(([document]) => mayWrite(document))
    .map(([document, open]) => ({ person, tab, document, open }))
}

/** Somebody at this device has still to find out that a connection is gone, which takes longer than a drill allows. */
function hasGhost({ people, network }: Scene, { device }: Person): boolean {
  return people.some(
    ({ device: own, tab }) => own === device && tab !== null && network.hasGhost(tab.process),
  )
}

function areSiblings(one: Writer, other: Writer): boolean {
  return (
    one.person !== other.person &&
    one.person.device === other.person.device &&
    one.document === other.document
  )
}

function isElsewhere(author: Writer, { person, document }: Writer): boolean {
  return author.person.device !== person.device && author.document === document
}

function storedEdit(scene: Scene, person: Person, tab: Tab, document: string): Edit {
  const edit = editIn(scene, tab, document)
  require(scene, 'L7', onDeviceMsMax, 'an edit is on the device', () => isOnDevice(person, edit))
  return edit
}

function isShown({ handle }: OpenDocument, { effect }: Edit): boolean {
  const contents = new Contents()
  contents.learn(effectOf(Y.encodeStateAsUpdate(handle.doc)))
  return contents.has(effect)
}
