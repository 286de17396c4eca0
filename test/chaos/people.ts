import { editVerbs } from '@tidemark/simulator/oracle'
import type { Person } from './cast/person.ts'
import { SdkPerson } from './cast/sdk-person.ts'
import { pause } from './pause.ts'
import type { Stage } from './stage.ts'
import { tally } from './tally.ts'

/** Lets a person act until it is over. */
export async function live(stage: Stage, person: Person, actMs: number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(person.random.interval(actMs), over)
    if (!over.aborted) act(stage, person)
  }
}

function act(stage: Stage, person: Person): void {
  const { random, tab } = person
  if (tab === null) return
  const document = random.pick([...tab.documents.keys()])
  // Now and then several at once: a paste, a script, a fast typist between two turns.
  const times = random.chance(0.1) ? 2 + random.below(8) : 1
  for (let i = 0; i < times; i++)
    person.edit(document, editVerbs[random.pick(Object.keys(editVerbs))] as never)
  tally(stage, person, document)
  if (person instanceof SdkPerson && random.chance(0.1)) person.awaitSaved(document)
  stage.look()
}
