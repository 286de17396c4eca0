import { type Clock, TidemarkError } from '@tidemark/base'
import type { PresenceEntry } from '@tidemark/protocol'
import type { Presence } from './api.ts'
import { createListeners } from './listeners.ts'

export interface PresenceDeps {
  readonly clock: Clock
  id(): number
  /** False while there is nobody to send to. */
  send(id: number, state: Uint8Array): boolean
  bytesMax(): number
  report(error: TidemarkError): void
  listenerThrew(error: unknown): void
}

/** A document's presence, and what moves it. */
export interface PresenceMachine extends Presence {
  /** There is a session that knows nothing of us yet. */
  opened(): void
  ended(): void
  received(entries: readonly PresenceEntry[]): void
  /** The document may have another clientID: it was replaced, or Yjs changed it. */
  moved(): void
}

interface Participant {
  readonly clock: number
  readonly state: unknown
}

const noBytes = new Uint8Array(0)

export function createPresence(deps: PresenceDeps): PresenceMachine {
  const listeners = createListeners(deps.listenerThrew)
  let own: string | null = null
  /** What the relay was told last, with the id it stands under. */
  let told: string | null = null
  let isDue = false
  let participants = new Map<number, Participant>()
  let snapshot: ReadonlyMap<number, unknown> = new Map()

  function flushLater(): void {
    if (isDue) return
    isDue = true
    deps.clock.turn(() => {
      isDue = false
      flush()
    })
  }

  function flush(): void {
    const id = deps.id()
    const telling = own === null ? null : `${id} ${own}`
    if (telling === told) return
    const state = own === null ? noBytes : new TextEncoder().encode(own)
    if (state.length > deps.bytesMax()) return tooLarge(state.length)
    if (deps.send(id, state)) told = telling
  }

  function tooLarge(bytes: number): void {
    const message = `a presence of ${bytes} bytes, the relay takes ${deps.bytesMax()}`
    deps.report(new TidemarkError('presence/too-large', message))
  }

  function show(next: Map<number, Participant>): void {
    participants = next
    snapshot = new Map(
      [...next].map(([id, { state }]) => [id, state] as const).filter(([id]) => id !== deps.id()),
    )
    listeners.notify()
  }

  return {
    get id() {
      return deps.id()
    },
    set(state) {
      own = JSON.stringify(state ?? null)
      if (own === 'null') own = null
      flushLater()
    },
    getSnapshot: () => snapshot,
    subscribe: listeners.subscribe,
    opened() {
      told = null
      flush()
    },
    ended() {
      told = null
      if (participants.size > 0) show(new Map())
    },
    received(entries) {
      const next = new Map(participants)
      for (const { id, clock, state } of entries) {
        const parsed = parse(state)
        if (parsed === undefined || clock <= (next.get(id)?.clock ?? -1)) continue
        // In one session clocks only grow: nothing older can bring back who left.
        if (parsed === null) next.delete(id)
        else next.set(id, { clock, state: parsed })
      }
      show(next)
    },
    moved: flush,
  }
}

/** Null: has left. Undefined: what somebody sent is no state. */
function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
