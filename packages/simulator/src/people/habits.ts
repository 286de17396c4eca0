import type { SeededRandom } from '../world/seeded-random.ts'
import { editVerbs } from './edits.ts'

/** How a person spends the first phase. Drawn once per seed and person. */
export interface Habits {
  readonly actMs: number
  readonly verbs: readonly string[]
  /** Edits of one kind before it may become another: who deletes a word deletes it letter by letter. */
  readonly runLength: number
  /** Edits between two rests, in which others have the document to themselves; null: never rests. */
  readonly spell: { readonly edits: number; readonly restMs: number } | null
  /** How often an action is something else than an edit. */
  readonly otherChance: number
  /** Tells the others after each edit where the caret stands, as editors do. */
  readonly showsCaret: boolean
  /** Shows the others how the pointer moves, before an edit and so often; null: does not. */
  readonly pointerMs: number | null
}

/** Somebody who only tidies up. */
const deletions = ['erase', 'remove', 'unset']

export function drawHabits(random: SeededRandom): Habits {
  const verbs = Object.keys(editVerbs)
  return {
    actMs: random.between(20, 500),
    verbs: random.pick([verbs, verbs, verbs, [random.pick(verbs), random.pick(verbs)], deletions]),
    runLength: random.pick([1, 1, 4, 15]),
    spell: random.chance(0.5) ? null : { edits: 2 + random.below(30), restMs: random.between(300, 4000) },
    otherChance: random.pick([0, 0.05, 0.2]),
    showsCaret: random.chance(0.3),
    pointerMs: random.named('pointer').chance(0.1) ? random.named('pointer').between(8, 60) : null,
  }
}
