import type { Clock } from '@tidemark/base'

/** One participant as others see it. `state` empty: has left. */
export interface PresenceState {
  readonly id: number
  readonly clock: number
  /** UTF-8 JSON, opaque here. */
  readonly state: Uint8Array
}

/** Has left. */
export const emptyState: Uint8Array = new Uint8Array(0)

interface Participant<O> {
  readonly owner: O
  readonly clock: number
  readonly state: Uint8Array
}

/**
 * Who takes part in a document and in what state. Never stored; forgotten when the document leaves memory.
 *
 * An id belongs to the session that announced it. Clocks are the relay's: one counter per document that never lags
 * behind the wall clock in milliseconds, so a state set after a restart is newer than any set before, and a client that
 * claims a huge clock gains nothing. `O` is a session.
 */
export class Presence<O> {
  readonly #clock: Clock
  readonly #participants = new Map<number, Participant<O>>()
  #lastClock = 0
  /** Ids whose state changed since `takeChanged`. */
  #changed = new Set<number>()
  /** Ids whose state was set since `takeQuiet`. */
  #heardOf = new Set<number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#participants.size
  }

  ownerOf(id: number): O | undefined {
    return this.#participants.get(id)?.owner
  }

  /** Whose all these ids are, when they are one session's. */
  soleOwnerOf(ids: Iterable<number>): O | undefined {
    const owners = new Set(Array.from(ids, (id) => this.ownerOf(id)))
    const [owner] = owners
    return owners.size === 1 ? owner : undefined
  }

  /** Sets `id`'s state on behalf of `owner`, taking the id over from whoever had it. An empty state removes it. */
  set(owner: O, id: number, state: Uint8Array): void {
    if (state.length === 0) return this.remove(owner, id)
    this.#participants.set(id, { owner, clock: this.#nextClock(), state })
    this.#changed.add(id)
    this.#heardOf.add(id)
  }

  /**
   * Gives each of them a clock above all it had, without having changed: a stock client that forgot a participant takes
   * it in again only with a clock that is new to it.
   */
  renew(ids: Iterable<number>): void {
    for (const id of ids) {
      const participant = this.#participants.get(id)
      if (participant) this.#participants.set(id, { ...participant, clock: this.#nextClock() })
    }
  }

  /** The participants whose state nobody has set since the last call. */
  takeQuiet(): readonly number[] {
    const heardOf = this.#heardOf
    this.#heardOf = new Set()
    return [...this.ids()].filter((id) => !heardOf.has(id))
  }

  /** Removes `id` if it is `owner`'s. */
  remove(owner: O, id: number): void {
    if (this.ownerOf(id) !== owner) return
    this.#participants.delete(id)
    this.#changed.add(id)
  }

  removeAllOf(owner: O): void {
    for (const [id, participant] of this.#participants) {
      if (participant.owner === owner) this.remove(owner, id)
    }
  }

  /** Whether `takeChanged` would return any. */
  get hasChanged(): boolean {
    return this.#changed.size > 0
  }

  /** The ids that changed since the last call. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed
    if (changed.size > 0) this.#changed = new Set()
    return changed
  }

  /** Every participant's id. */
  ids(): Iterable<number> {
    return this.#participants.keys()
  }

  /** The latest state of each id. One that has left gets a clock above all it ever had. */
  states(ids: Iterable<number>): PresenceState[] {
    const states: PresenceState[] = []
    let left: number | null = null
    for (const id of ids) {
      const participant = this.#participants.get(id)
      if (participant) states.push({ id, clock: participant.clock, state: participant.state })
      else states.push({ id, clock: (left ??= this.#nextClock()), state: emptyState })
    }
    return states
  }

  #nextClock(): number {
    this.#lastClock = Math.max(this.#lastClock + 1, this.#clock.now())
    return this.#lastClock
  }
}
