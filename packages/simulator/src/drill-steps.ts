import type { Person } from './cast/person.ts'
import type { OpenDocument, Tab } from './cast/tab.ts'
import type { Edit } from './oracle/ledger.ts'
import { Violation } from './oracle/violation.ts'
import type { Scene } from './scene.ts'

/** Somebody with a document that they may write, open in a tab. */
export interface Writer {
  readonly person: Person
  readonly tab: Tab
  readonly document: string
  readonly open: OpenDocument
}

/** A drill begins, under this name in the trace and in what a campaign counts. */
export function begin(scene: Scene, name: string): void {
  scene.world.record('world', 'drill', name)
  scene.count(`drill ${name}`)
}

/** Runs until it is so; a violation of this property when that takes longer. */
export function require(
  { world }: Scene,
  property: string,
  withinMs: number,
  what: string,
  isSo: () => boolean,
): void {
  world.record('world', 'waiting', what)
  if (world.run(world.nowMs + withinMs, isSo)) return
  throw new Violation(property, `${withinMs} ms are over before ${what}`)
}

/** What each edit of a drill builds on is the one before it, whoever made that. */
export function editIn({ world }: Scene, tab: Tab, document: string): Edit {
  const token = `<drill ${world.nowMs.toFixed(0)}>`
  const edit = tab.edit(document, (doc) => void doc.getMap('drill').set('last', token), token)
  if (edit === null) throw new Error('nobody can edit here')
  return edit
}

export function isOnDevice({ device }: Person, { document, effect }: Edit): boolean {
  return device.truth.has(document, effect)
}
