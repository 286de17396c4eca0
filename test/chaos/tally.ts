import { type Edit, Violation } from '@tidemark/simulator/oracle'
import type { Person } from './cast/person.ts'
import type { Stage } from './stage.ts'

/**
 * A list in each document into which everybody puts a token now and then, and from which nobody takes one. So it can be
 * told by reading what no token may do: be missing once it was acknowledged, or stand there twice.
 */
const root = 'tally'

export class Tally {
  readonly #edits: Edit[] = []

  add(edit: Edit): void {
    this.#edits.push(edit)
  }

  /**
   * S2, and S12: two histories of one document that were merged show everything twice. `isLost`: an older file lacks it, and
   * no device had it any more to give it back.
   */
  requireWhole({ name, tab }: Person, isLost: (edit: Edit) => boolean = () => false): void {
    for (const [document, { handle }] of tab?.documents ?? []) {
      const tokens = handle.doc.getArray<string>(root).toArray()
      const seen = new Set(tokens)
      const where = `in ${document} at ${name}`
      if (seen.size < tokens.length)
        throw new Violation('S12', `${tokens.length - seen.size} tokens stand twice ${where}`)
      const lost = this.#edits.find(
        (edit) => edit.document === document && edit.promisedSaved && !seen.has(edit.token) && !isLost(edit),
      )
      if (lost)
        throw new Violation('S2', `${lost.token} by ${lost.tab} was acknowledged, and is not ${where}`)
    }
  }
}

/** Puts one more token in. */
export function tally(stage: Stage, person: Person, document: string): void {
  const edit = person.edit(document, (doc, _random, token) => doc.getArray(root).push([token]))
  if (edit) stage.tally.add(edit)
}
