import { sometimes } from '@tidemark/base/sometimes'
import type { Ended } from './attached.ts'
import type { Document } from './document.ts'
import type { Outgoing } from './outgoing.ts'
import type { PresenceChange } from './presence-change.ts'

export interface PresenceFeedDeps {
  readonly document: Document
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
  /** Whose changes were not sent. null: the reader is up to date. */
  #stale: Set<number> | null = null
  isPaused = false

  constructor(deps: PresenceFeedDeps) {
    this.#deps = deps
  }

  changed(change: PresenceChange): void {
    if (this.#stale === null && !this.isPaused && !this.#deps.outgoing.isFull) return this.#deps.send(change)
    sometimes('presence waits for a reader that is full or busy')
    this.#stale ??= new Set()
    for (const { id } of change.states) this.#stale.add(id)
    if (this.#stale.size > this.#deps.staleMax) this.#deps.onStale(tooManyStale)
  }

  /** Sends what was held back. False when there was nothing, or it is not yet time. */
  step(): boolean {
    const stale = this.#stale
    if (stale === null || this.isPaused) return false
    this.#stale = null
    this.changed(this.#deps.document.presence(stale))
    return true
  }
}

const tooManyStale: Ended = {
  code: 'session/window-exceeded',
  message: 'too many participants came and went while nothing was read',
  retryAfterMs: 0,
}
