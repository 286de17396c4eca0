import type { Facts, OpenFacts, PersonFacts, TabFacts } from '../oracle/facts.ts'

/** In a process in which nothing ran nothing can have changed; lest a way in was forgotten, all are looked at now and then. */
const lookAtAllEverySteps = 64

/**
 * Makes a function that calls `look` for each open document of each tab in which something has run since it was called
 * last: most steps concern one of many.
 */
export function lookWhereActive(
  scene: Facts,
  look: (person: PersonFacts, document: string, open: OpenFacts) => void,
): () => void {
  const seen = new WeakMap<TabFacts, number>()
  return () => {
    const all = scene.world.steps % lookAtAllEverySteps === 0
    for (const person of scene.people) {
      const { tab } = person
      if (tab === null) continue
      const { turns } = tab.process
      if (!all && turns !== undefined && seen.get(tab) === turns) continue
      if (turns !== undefined) seen.set(tab, turns)
      for (const [document, open] of tab.documents) look(person, document, open)
    }
  }
}
