import type { Clock } from '@tidemark/base'

/** Something that gathers work during a turn of the event loop and does it at its end. */
export interface Flushable {
  /** Set by the turn: whether a flush is due. */
  due: boolean
  flush(): void
}

/**
 * The end of a turn, in two steps: first documents hand out what was committed, then connections write what they were
 * given. So all that a socket gets in a turn leaves in one write.
 */
export class Turn {
  readonly #clock: Clock
  #documents: Flushable[] = []
  #connections: Flushable[] = []
  #scheduled = false

  readonly #onEnd: () => void

  /** `onEnd` is called when all is flushed. */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock
    this.#onEnd = onEnd
  }

  document(document: Flushable): void {
    if (document.due) return
    document.due = true
    this.#documents.push(document)
    this.#schedule()
  }

  connection(connection: Flushable): void {
    if (connection.due) return
    connection.due = true
    this.#connections.push(connection)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.turn(() => this.#run())
  }

  #run(): void {
    this.#scheduled = false
    const documents = this.#documents
    this.#documents = []
    flushAll(documents)
    const connections = this.#connections
    this.#connections = []
    flushAll(connections)
    this.#onEnd()
  }
}

function flushAll(flushables: readonly Flushable[]): void {
  for (const flushable of flushables) {
    flushable.due = false
    flushable.flush()
  }
}
