import type { SeededRandom } from '../world/seeded-random.ts'
import type { Habits } from './habits.ts'

/** When somebody acts next: at random times, with a rest after each spell of work. */
export function createRhythm(
  random: SeededRandom,
  { actMs, spell }: Pick<Habits, 'actMs' | 'spell'>,
): { untilNextMs(): number } {
  let acts = 0
  return {
    untilNextMs() {
      const isRest = spell !== null && ++acts % spell.edits === 0
      return random.interval(actMs) + (isRest ? random.interval(spell.restMs) : 0)
    },
  }
}

/** What the `ordinal`th deed is if it is an edit. By its number alone: nothing that is left out of a run changes it. */
export function verbOf(
  { verbs, runLength }: Pick<Habits, 'verbs' | 'runLength'>,
  random: SeededRandom,
  ordinal: number,
): string {
  return random.named(`run ${Math.floor(ordinal / runLength)}`).pick(verbs)
}
