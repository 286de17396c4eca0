import type { Person } from './cast/person.ts'
import type { Tab } from './cast/tab.ts'
import { begin, editIn, isOnDevice, require, type Writer } from './drill-steps.ts'
import type { Edit } from './oracle/ledger.ts'
import type { Scene } from './scene.ts'
import type { SeededRandom } from './world/seeded-random.ts'

/** A healthy world delivers within this time. */
const deliveredMsMax = 10_000
/** Who waits for others to give something back tries again every 20 s, and may first have to find out that a page is gone. */
const givenBackMsMax = 60_000
/** Those who can give it back come so much later at most. */
const laterMsMax = 15_000

/**
 * L2: a page that is gone left an edit on the device, which builds on something that another person wrote and the log has
 * lost since. The page that takes the edit over never received that from the relay: it can prove nothing, and is believed
 * only what is its own. It waits for those who can give back the rest, and for nothing else.
 */
export function buildOnLoss(
  scene: Scene,
  { one, other, author }: { readonly one: Writer; readonly other: Writer; readonly author: Writer },
  random: SeededRandom,
): void {
  const { disk, relay, world, people, stock } = scene
  begin(scene, 'built on what is lost')
  // Stock clients give back whatever they hold, to whom it belongs or not.
  for (const person of stock) person.goAway()
  other.tab.client.disconnect()
  const copy = disk.copy()
  const lost = editIn(scene, author.tab, author.document)
  require(scene, 'L1', deliveredMsMax, 'an edit is on the devices', () => isOnDevice(one.person, lost))
  for (const { tab } of people) tab?.client.disconnect()
  const left = editIn(scene, one.tab, one.document)
  require(scene, 'L7', deliveredMsMax, 'what builds on it is, too', () => isOnDevice(one.person, left))
  one.tab.kill('silent')
  relay.kill('reset')
  disk.restore(copy)
  relay.start()
  other.tab.client.connect()
  world.run(world.nowMs + random.between(0, laterMsMax))
  connectAll(people, one.tab)
  for (const person of stock) person.comeBack()
  require(scene, 'L2', givenBackMsMax, 'what was lost is given back, and what builds on it', () =>
    [lost, left].every((edit: Edit) => scene.log.has(edit)))
  one.person.openTab()
  require(scene, 'L2', givenBackMsMax, 'everybody is told', () => people.every(isSaved))
}

function isSaved({ tab }: Person): boolean {
  return [...(tab?.documents.values() ?? [])].every(
    ({ handle: { status } }) => status.edits !== 'saving' && status.error?.code !== 'update/foreign-client',
  )
}

function connectAll(people: readonly Person[], but: Tab): void {
  for (const { tab } of people) if (tab !== but) tab?.client.connect()
}
