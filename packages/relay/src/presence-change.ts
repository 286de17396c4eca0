import { encodeRelayMessage, itemsPerFrameMax } from '@tidemark/protocol'
import { emptyState, type PresenceState } from './presence.ts'
import { isPresenceJson } from './presence-json.ts'
import { encodeAwareness } from './y-websocket-frames.ts'

/** States of participants on their way to many readers; encoded once per dialect, when first asked for. */
export class PresenceChange {
  readonly states: readonly PresenceState[]
  readonly #channel: number
  #native: readonly Uint8Array[] | null = null
  #stock: readonly PresenceState[] | null = null
  #awareness: Uint8Array | null = null

  constructor(channel: number, states: readonly PresenceState[]) {
    this.#channel = channel
    this.states = states
  }

  /** Native messages; more than one only when there are very many participants. */
  frames(): readonly Uint8Array[] {
    this.#native ??= chunk(this.states).map((entries) =>
      encodeRelayMessage({ type: 'presence-changed', channel: this.#channel, entries }),
    )
    return this.#native
  }

  /** To stock clients, who shows what they cannot read is not there: they must not go on showing what was before. */
  forStockClients(): readonly PresenceState[] {
    this.#stock ??= this.states.map((each) =>
      each.state.length === 0 || isPresenceJson(each.state) ? each : { ...each, state: emptyState },
    )
    return this.#stock
  }

  /** `forStockClients` as a y-websocket message. */
  awarenessFrame(): Uint8Array {
    this.#awareness ??= encodeAwareness(this.forStockClients())
    return this.#awareness
  }
}

/** Bytes of one message, so that participants with large states do not make a frame that readers refuse. */
const messageBytes = 256 * 1024

function chunk(states: readonly PresenceState[]): readonly (readonly PresenceState[])[] {
  const chunks: PresenceState[][] = []
  let current: PresenceState[] = []
  let bytes = 0
  for (const state of states) {
    if (
      current.length > 0 &&
      (bytes + state.state.length > messageBytes || current.length === itemsPerFrameMax / 4)
    ) {
      chunks.push(current)
      current = []
      bytes = 0
    }
    current.push(state)
    bytes += state.state.length
  }
  if (current.length > 0) chunks.push(current)
  return chunks
}
