import type { Tab } from './cast/tab.ts'
import { begin, require } from './drill-steps.ts'
import { Violation } from './oracle/violation.ts'
import type { Scene } from './scene.ts'

/** Replicas that are idle compare their content with the log once in ten minutes, give or take five. */
const comparedMsMax = 910_000
/** What is written is saved within this time; what is kept aside can be read. */
const savedMsMax = 10_000

/**
 * S11: two machines of one account write under one client id, as when one is cloned while it runs. The log takes what
 * comes first, and what comes second under the same clocks counts as known: at that moment nobody can tell, since a relay
 * compares no content, and that one shows *saved*. But it does not stay so: the replica finds that it differs, is rebuilt,
 * tells its app, and has kept aside what it held.
 */
export function meetClone(scene: Scene, document: string): void {
  begin(scene, 'clones')
  const clones = scene.clone()
  for (const clone of clones) clone.open(document)
  require(scene, 'L1', savedMsMax, 'clones are there', () => clones.every((each) => isSaved(each, document)))
  for (const { client } of clones) client.disconnect()
  for (const [i, clone] of clones.entries()) textIn(clone, document).insert(0, texts[i] as string)
  for (const clone of clones) {
    clone.client.connect()
    require(scene, 'L2', savedMsMax, 'a clone is saved', () => isSaved(clone, document))
  }
  const [first, second] = clones
  // Who went first is right, and is told nothing.
  require(scene, 'S11', comparedMsMax, 'a fork is found', () => second.told.has('replica/rebuilt'))
  require(scene, 'S1', savedMsMax, 'clones agree', () => agree(clones, document))
  scene.world.run(scene.world.nowMs + savedMsMax)
  requireKeptAside(scene, second)
  if (first.told.size > 0) throw new Violation('S11', `whoever wrote first is told ${[...first.told]}`)
  for (const clone of clones) clone.kill('reset')
}

/** Equal in length: neither can know of the other by its clocks. */
const texts = ['the first', 'no second']

function requireKeptAside(scene: Scene, clone: Tab): void {
  let kept = ''
  void clone.client
    .listAside()
    .then((replicas) => Promise.all(replicas.map(({ id }) => clone.client.readAside(id))))
    .then((updates) => {
      kept = updates.map((update) => Buffer.from(update ?? []).toString()).join()
    })
  require(scene, 'S11', savedMsMax, 'what was lost in a fork is kept aside', () =>
    kept.includes(texts[1] as string))
}

function agree(clones: readonly Tab[], document: string): boolean {
  return clones.every(
    (each) => isSaved(each, document) && textIn(each, document).toString() === (texts[0] as string),
  )
}

function isSaved(clone: Tab, document: string): boolean {
  const { connection, edits } = clone.documents.get(document)?.handle.status ?? {}
  return connection === 'live' && edits === 'saved'
}

function textIn(
  clone: Tab,
  document: string,
): { insert(at: number, text: string): void; toString(): string } {
  const open = clone.documents.get(document)
  if (open === undefined) throw new Error(`${document} is not open`)
  return open.handle.doc.getText('clones')
}
