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
  /** The device lost it, by a fault that may do that: until it is said to be there again, nothing was promised. */
  takenFromDevice: boolean
  /** It was said to be saved. */
  promisedSaved: boolean
  /** How often the log had lost something when it was said, and held it; null: it was not, or had lost it by then. */
  savedIn: number | null
  /** The log held it at some time. */
  reachedLog: boolean
}

type NewEdit = Pick<Edit, 'document' | 'device' | 'tab' | 'effect' | 'token'>

/** Every edit of a simulation, in the order in which they were made. */
export class Ledger {
  readonly edits: Edit[] = []
  readonly #documents = new Map<number, DocumentId>()

  /** The document that somebody wrote under this Yjs client id: no two documents share one. */
  documentOf(client: number): DocumentId | undefined {
    return this.#documents.get(client)
  }

  /** A device holds less than it did: `has` says what. */
  deviceLost(device: string, has: (edit: Edit) => boolean): void {
    for (const edit of this.edits) {
      if (edit.device !== device || has(edit)) continue
      edit.takenFromDevice = true
      edit.promisedOnDevice = false
    }
  }

  add(edit: NewEdit): Edit {
    const added = {
      ...edit,
      number: this.edits.length,
      promisedOnDevice: false,
      takenFromDevice: false,
      promisedSaved: false,
      savedIn: null,
      reachedLog: false,
    }
    this.edits.push(added)
    for (const { client } of edit.effect.structs) this.#documents.set(client, edit.document)
    return added
  }
}
