import type { DocumentHandle } from '@tidemark/client'
import type { Doc } from 'yjs'

/** Writes unique tokens into a text, and knows which of them were acknowledged. */
export interface Typist {
  /** Tokens typed so far. */
  readonly typed: ReadonlySet<string>
  /** Those of them that `saved()` said are durable. Always empty for a client that is told nothing. */
  readonly acked: ReadonlySet<string>
  typeOne(): void
}

export const textRoot = 'text'

/** Types through the SDK, which acknowledges. */
export function createSdkTypist(name: string, handle: DocumentHandle): Typist {
  const acked = new Set<string>()
  const typist = createTypist(name, () => handle.doc)
  return {
    ...typist,
    acked,
    typeOne() {
      typist.typeOne()
      const soFar = [...typist.typed]
      // Closing a document rejects what is still waiting: that is no acknowledgement.
      handle.saved().then(
        () => soFar.forEach((token) => acked.add(token)),
        () => {},
      )
    },
  }
}

/** Types through any provider. */
export function createTypist(name: string, doc: () => Doc): Typist {
  const typed = new Set<string>()
  return {
    typed,
    acked: new Set(),
    typeOne() {
      const token = `${name}${typed.size}`
      typed.add(token)
      const text = doc().getText(textRoot)
      text.insert(text.length, `${token} `)
    },
  }
}

/** The tokens in a text, each as often as it stands there. */
export function tokensIn(doc: Doc): string[] {
  return doc
    .getText(textRoot)
    .toString()
    .split(' ')
    .filter((token) => token !== '')
}
