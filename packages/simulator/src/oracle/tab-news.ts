import type { DocumentId } from '@tidemark/base'
import type { DocumentStatus } from '@tidemark/client'
import type { Doc } from 'yjs'

/** A document that is open in a tab, of whatever kind. */
export interface TabPlace {
  readonly tab: string
  /** The principal. */
  readonly device: string
  readonly document: DocumentId
}

/** Is told what tabs do and say, at the moment at which they do. */
export interface TabListener {
  /** A Y.Doc was made: this is its client id, and the id of its presence. */
  created?(place: TabPlace, clientId: number): void
  /** The app of a native client was told this. `isAlone`: whoever it was connected to is gone, and it has not heard of that. */
  status?(place: TabPlace, status: DocumentStatus, doc: Doc, isAlone: boolean): void
  /** Somebody wants to be seen as this; null: not at all. */
  presence?(place: TabPlace, state: unknown): void
}

/** Passes it on to all who listen. What they find is given to `fail`: thrown, it would end up in the code under test. */
export class TabNews {
  readonly #listeners: TabListener[] = []
  readonly #fail: (error: Error) => void

  constructor(fail: (error: Error) => void) {
    this.#fail = fail
  }

  listen(listener: TabListener): void {
    this.#listeners.push(listener)
  }

  tell(tell: (listener: TabListener) => void): void {
    try {
      for (const listener of this.#listeners) tell(listener)
    } catch (error) {
      this.#fail(error as Error)
    }
  }
}
