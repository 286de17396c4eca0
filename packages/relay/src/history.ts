import { TidemarkError } from '@tidemark/base'
import { createKnown, inspect, learn } from '@tidemark/updates'
import type { Held } from './admission.ts'
import { parseAuthor } from './author.ts'
import { claim } from './owners.ts'

export function createHeld(): Held {
  return { known: createKnown(), owners: new Map() }
}

/**
 * Takes in an entry that is in the log: changes `held` in place.
 *
 * @throws TidemarkError `log/corrupt` when it does not follow from the entries before: then none of this is to be trusted.
 */
export function takeEntry(held: Held, update: Uint8Array, author: string): void {
  const inspection = inspect(update, held.known)
  switch (inspection.kind) {
    case 'accepted':
      learn(held.known, inspection)
      claim(held.owners, inspection.adds, parseAuthor(author))
      return
    case 'duplicate':
      return
    case 'gap':
    case 'refused':
      throw new TidemarkError('log/corrupt', `an entry of the log is not acceptable: ${inspection.message}`)
  }
}
