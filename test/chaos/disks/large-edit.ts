import type { Person } from '../cast/person.ts'

/** Characters of one edit: more than what the files of a log have left over. */
const largeEdit = 200_000

/** Taken away again at once: it is meant to fill the log, not the document. */
export function writeLarge(person: Person, document: string): void {
  person.edit(document, (doc, _random, token) =>
    doc.getMap('large').set(person.name, token.repeat(largeEdit / token.length)),
  )
  person.edit(document, (doc) => doc.getMap('large').delete(person.name))
}
