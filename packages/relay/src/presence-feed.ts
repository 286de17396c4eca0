import { sometimes } from '@tidemark/base/sometimes'
import type { Attached, Ended } from './attached.ts'
import type { DocumentPresence } from './document-presence.ts'
import type { Outgoing } from './outgoing.ts'
import type { PresenceChange } from './presence-change.ts'

export interface PresenceFeedDeps {
  readonly reader: Attached
  readonly presence: DocumentPresence
  readonly outgoing: Outgoing
  readonly send: (change: PresenceChange) => void
  /** Participants whose change is kept back, at most. */
  readonly staleMax: number
  /** The reader has been full for so long that more than `staleMax` have come and gone. */
  readonly onStale: (ended: Ended) => void
}

/**
 * Presence on its way to one reader. While the reader is full, or must not be disturbed, only the ids of those who
 * changed are kept: later it receives their state at that time, once.
 */
export class PresenceFeed {
  readonly #deps: PresenceFeedDeps
  /** Whose changes were not sent. */
  #stale = new Set<number>()
  /** The reader is to be told who is there. */
  #isNew = false
  isPaused = false

  constructor(deps: PresenceFeedDeps) {
    this.#deps = deps
  }

  /** Tells the reader who is there. */
  introduce(): void {
    this.#isNew = true
    this.catchUp()
  }

  changed(change: PresenceChange): void {
    if (!this.#isBehind && this.#canSend) return this.#deps.send(change)
    sometimes('presence waits for a reader that is full or busy')
    for (const { id } of change.states) this.#stale.add(id)
    if (this.#stale.size > this.#deps.staleMax) this.#deps.onStale(tooManyStale)
  }

  /** There may be room: what was held back is sent at the end of the turn. */
  catchUp(): void {
    const { presence, reader } = this.#deps
    if (this.#isBehind && this.#canSend) presence.tellLater(reader)
  }

  /** The end of the turn: sends what was held back, unless what else the turn brought has filled the reader. */
  due(): void {
    if (!this.#isBehind || !this.#canSend) return
    const { presence, reader, send } = this.#deps
    const stale = this.#stale
    const change = this.#isNew ? presence.introduction(reader, stale) : presence.of(stale)
    this.#stale = new Set()
    this.#isNew = false
    send(change)
  }

  get #isBehind(): boolean {
    return this.#isNew || this.#stale.size > 0
  }

  get #canSend(): boolean {
    return !this.isPaused && !this.#deps.outgoing.isFull
  }
}

const tooManyStale: Ended = {
  code: 'session/window-exceeded',
  message: 'too many participants came and went while nothing was read',
  retryAfterMs: 0,
}
