import type { Attached } from './attached.ts'
import type { DocumentPresence } from './document-presence.ts'
import type { PresenceState } from './presence.ts'
import { isPresenceJson } from './presence-json.ts'
import type { AwarenessEntry } from './y-websocket-frames.ts'

export interface YWebsocketPresenceLimits {
  readonly presenceBytesMax: number
  /** Ids of one connection. */
  readonly presenceIdsMax: number
}

/**
 * Presence of one stock client. Unlike ours it sends entries for whoever it likes: its awareness also repeats what it
 * just received from others. So:
 *
 * - its own id is that of the first entry it sends that is no repetition; with it, it may take over what a connection of
 *   the same principal that broke has left;
 * - any other id it may set only if nobody has it;
 * - what is not its own is ignored, never punished.
 */
export class YWebsocketPresence {
  readonly #presence: DocumentPresence
  readonly #session: Attached
  readonly #limits: YWebsocketPresenceLimits
  readonly #own = new Set<number>()
  /**
   * The latest clock of each participant that this client was sent: what it repeats carries none above. Also of those
   * who have left: a repetition that crosses with that word must not bring them back. The latest are at the end.
   */
  readonly #sentClocks = new Map<number, number>()

  constructor(presence: DocumentPresence, session: Attached, limits: YWebsocketPresenceLimits) {
    this.#presence = presence
    this.#session = session
    this.#limits = limits
  }

  /** Takes in what the client says. Returns the ids that belong to other principals. */
  received(entries: readonly AwarenessEntry[]): readonly number[] {
    return entries.filter((entry) => !this.#take(entry)).map(({ id }) => id)
  }

  /** What of `states` is news to this client. It must not get its own back: it would take an old state for a newer one. */
  newsIn(states: readonly PresenceState[]): readonly PresenceState[] {
    const news = this.#own.size === 0 ? states : states.filter(({ id }) => !this.#own.has(id))
    for (const { id, clock } of news) this.#sent(id, clock)
    return news
  }

  #sent(id: number, clock: number): void {
    this.#sentClocks.delete(id)
    this.#sentClocks.set(id, clock)
    const [oldest] = this.#sentClocks.keys()
    if (oldest !== undefined && this.#sentClocks.size > sentClocksMax) this.#sentClocks.delete(oldest)
  }

  #take({ id, clock, state }: AwarenessEntry): boolean {
    if (this.#own.has(id)) return this.#set(id, state)
    if (clock <= (this.#sentClocks.get(id) ?? -1)) return true
    if (state.length === 0) return true
    const owner = this.#presence.ownerOf(id)
    const mayTake = this.#own.size === 0 || owner === undefined
    if (!mayTake || this.#own.size >= this.#limits.presenceIdsMax) return owner === undefined
    return this.#set(id, state)
  }

  #set(id: number, state: Uint8Array): boolean {
    if (state.length > this.#limits.presenceBytesMax) return true
    if (state.length > 0 && !isPresenceJson(state)) return true
    const taken = this.#presence.set(this.#session, id, new Uint8Array(state), 'y-websocket')
    if (taken) this.#own.add(id)
    return taken
  }
}

/** Participants whose clocks are remembered. Above: those of whom the client was told longest ago are forgotten. */
export const sentClocksMax = 4_096
