import type { Person } from '../cast/person.ts'
import type { Tab } from '../cast/tab.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import { editVerbs } from './edits.ts'
import type { Habits } from './habits.ts'
import { createRhythm, verbOf } from './rhythm.ts'

/** Something that a person does, once. */
interface Act {
  readonly person: Person
  readonly tab: Tab
  readonly random: SeededRandom
  readonly ordinal: number
}

/** Lets a person act until the world is healed for them. */
export function live(scene: Scene, person: Person, habits: Habits): void {
  const rhythm = createRhythm(person.random, habits)
  const next = (): void => {
    scene.world.after(rhythm.untilNextMs(), () => {
      if (!scene.peopleAtRisk.includes(person)) return
      scene.story.happens(person.name, (own, ordinal) => {
        const { tab } = person
        if (tab?.process.running) act(scene, { person, tab, random: own, ordinal }, habits)
      })
      next()
    })
  }
  next()
}

function act(scene: Scene, doing: Act, habits: Habits): void {
  const { person, tab, random, ordinal } = doing
  const { otherChance, showsCaret, pointerMs } = habits
  const document = random.pick(person.documents)
  if (random.chance(otherChance)) {
    const name = random.pick(Object.keys(otherDeeds))
    scene.count(`deed ${name}`)
    scene.world.record(tab.process.name, 'deed', `${name} ${document}`)
    return otherDeeds[name]?.(scene, doing, document)
  }
  // Now and then several at once: a paste, a script, a fast typist between two turns.
  const times = random.chance(0.1) ? 2 + random.below(8) : 1
  for (let i = 0; i < times; i++) {
    const verb = verbOf(habits, person.random, ordinal)
    const token = `<${person.name}${ordinal}${i === 0 ? '' : `.${i}`}>`
    const edit = tab.edit(document, (doc) => editVerbs[verb]?.(doc, random, token), token)
    if (edit !== null) scene.world.record(tab.process.name, 'edit', `${edit.token} ${verb} in ${document}`)
  }
  if (showsCaret) tab.setPresence(document, { caret: random.below(100), in: document })
  if (pointerMs !== null) movePointer(doing, document, pointerMs)
}

function movePointer({ tab, random }: Act, document: string, pointerMs: number): void {
  for (let moves = random.below(pointerMovesMax); moves > 0; moves--) {
    const at = { pointer: [random.below(1000), random.below(1000)], in: document }
    tab.process.after(moves * pointerMs, 'pointer', () => tab.setPresence(document, at))
  }
}

const pointerMovesMax = 20

type Deed = (scene: Scene, act: Act, document: string) => void

const otherDeeds: Readonly<Record<string, Deed>> = {
  presence(_scene, { tab, random }, document) {
    tab.setPresence(document, drawnPresence(random, document))
  },

  awaitSaved(_scene, { tab }, document) {
    void tab.awaitSaved(document)
  },

  closeDocument(scene, { tab, random }, document) {
    void tab.close(document)
    scene.world.after(random.interval(300), () => {
      if (tab.process.running) tab.open(document)
    })
  },

  cutOff(scene, { tab, random }) {
    tab.client.disconnect()
    scene.world.after(random.interval(2000), () => tab.process.enter(() => tab.client.connect()))
  },

  hide(scene, { tab, random }) {
    tab.tell('hidden')
    scene.world.after(random.interval(500), () => tab.process.enter(() => tab.tell('shown')))
  },

  loseNetwork(scene, { tab, random }) {
    tab.tell('offline')
    scene.world.after(random.interval(1000), () => tab.process.enter(() => tab.tell('online')))
  },

  breakListener(_scene, { tab }, document) {
    tab.breakListener(document)
  },

  reconnect(_scene, { tab }) {
    tab.client.reconnect()
  },

  /** A page that is left in the orderly way stores what it holds first. */
  leave(scene, { person, random }) {
    person.leave()
    scene.world.after(random.interval(1000), () => person.openTab())
  },
}

/** Stock clients can read objects only. */
function drawnPresence(random: SeededRandom, document: string): unknown {
  if (random.chance(0.2)) return null
  return random.chance(0.1) ? `reads ${document}` : { caret: random.below(100), in: document }
}
