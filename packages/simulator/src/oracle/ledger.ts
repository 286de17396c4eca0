import type { DocumentId } from '@tidemark/base'
import type { Effect } from './contents.ts'

/** One transaction that a person made, and what was promised about it. */
export interface Edit {
  readonly number: number
  readonly document: DocumentId
  readonly device: string
  /** The tab it was made in. */
  readonly tab: string
  readonly effect: Effect
  readonly token: string
  /** It was said to be on this device. */
  promisedOnDevice: boolean
  /** It was said to be saved. */
  promisedSaved: boolean
  /** The log held it at some time. */
  reachedLog: boolean
}

/** Every edit of a simulation, in the order in which they were made. */
export class Ledger {
  readonly edits: Edit[] = []
  readonly #documents = new Map<number, DocumentId>()

  /** The document that somebody wrote under this Yjs client id: no two documents share one. */
  documentOf(client: number): DocumentId | undefined {
    return this.#documents.get(client)
  }

  add(edit: Omit<Edit, 'number' | 'promisedOnDevice' | 'promisedSaved' | 'reachedLog'>): Edit {
    const added = {
      ...edit,
      number: this.edits.length,
      promisedOnDevice: false,
      promisedSaved: false,
      reachedLog: false,
    }
    this.edits.push(added)
    for (const { client } of edit.effect.structs) this.#documents.set(client, edit.document)
    return added
  }
}
