import type { StockPerson } from '../cast/stock-person.ts'
import type { StockTab } from '../cast/stock-tab.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import { editVerbs } from './edits.ts'
import type { Habits } from './habits.ts'
import { createRhythm, verbOf } from './rhythm.ts'

/** Lets somebody with stock clients act until the world is healed for them. */
export function liveStock(scene: Scene, person: StockPerson, habits: Habits): void {
  const rhythm = createRhythm(person.random, habits)
  const next = (): void => {
    scene.world.after(rhythm.untilNextMs(), () => {
      if (!scene.stockAtRisk.includes(person)) return
      scene.story.happens(person.name, (own, ordinal) => {
        const { tab } = person
        if (tab?.process.running) act(scene, person, tab, habits, own, ordinal)
      })
      next()
    })
  }
  next()
}

function act(
  scene: Scene,
  person: StockPerson,
  tab: StockTab,
  habits: Habits,
  random: SeededRandom,
  ordinal: number,
): void {
  const document = random.pick(person.documents)
  if (random.chance(habits.otherChance)) {
    const name = random.pick(Object.keys(otherDeeds))
    scene.count(`deed ${name}`)
    scene.world.record(tab.process.name, 'deed', `${name} ${document}`)
    return otherDeeds[name]?.(scene, tab, document, random)
  }
  const verb = verbOf(habits, person.random, ordinal)
  const edit = tab.edit(
    document,
    (doc) => editVerbs[verb]?.(doc, random, `<${person.name}${ordinal}>`),
    `<${person.name}${ordinal}>`,
  )
  if (edit !== null) scene.world.record(tab.process.name, 'edit', `${edit.token} ${verb} in ${document}`)
}

type StockDeed = (scene: Scene, tab: StockTab, document: string, random: SeededRandom) => void

const otherDeeds: Readonly<Record<string, StockDeed>> = {
  'stock presence': (_scene, tab, document, random) =>
    tab.setPresence(document, random.chance(0.8) ? { caret: random.below(100), in: document } : null),

  'stock close': (scene, tab, document, random) => {
    tab.close(document)
    scene.world.after(random.interval(300), () => tab.process.enter(() => tab.open(document)))
  },

  'stock disconnect': (scene, tab, document, random) => {
    tab.disconnect(document)
    scene.world.after(random.interval(2000), () => tab.process.enter(() => tab.connect(document)))
  },
}
