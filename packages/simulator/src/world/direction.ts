import { sometimes } from '@tidemark/base/sometimes'
import type { NetworkConditions } from './conditions.ts'
import { hashBytes, type SeededRandom } from './seeded-random.ts'
import type { World } from './world.ts'

export interface DirectionDeps {
  /** `taken` is called when the receiver's process reads it: one that stands still reads nothing. */
  received(frame: Uint8Array, taken: () => void): void
  /** The receiver has read something. */
  drained(): void
  /** Who sends to whom, in a trace. */
  readonly label: string
  /** A frame for people. */
  describe(frame: Uint8Array): string
}

/** One direction of a connection: a queue of things that arrive in the order in which they were sent. */
export interface Direction {
  send(frame: Uint8Array): void
  /** Something that takes the way of a frame without being one: the handshake. */
  signal(arrive: () => void): void
  /** The last thing that will arrive. Later sends go nowhere. */
  end(arrive: () => void): void
  /** Loses what is under way, but for the first `kept` part of it (0 to 1). */
  discard(kept: number): void
  /** Holds back what is under way. Returns what ends just this: it flows again when nothing holds it any more. */
  stall(): () => void
  /** Ends all that holds it. */
  flow(): void
  readonly isHeld: boolean
  readonly bufferedBytes: number
}

interface Parcel {
  readonly bytes: number
  /** Nothing follows it. */
  readonly isEnd: boolean
  readonly arrive: () => void
}

export function createDirection(
  world: World,
  random: SeededRandom,
  conditions: () => NetworkConditions,
  { received, drained, label, describe }: DirectionDeps,
): Direction {
  const parcels: Parcel[] = []
  let bytesUnderWay = 0
  const holds = new Set<symbol>()
  let ended = false
  let arrivalMs = 0
  let scheduled = 0

  function put(parcel: Parcel): void {
    parcels.push(parcel)
    bytesUnderWay += parcel.bytes
    if (holds.size === 0) schedule(parcel.bytes)
  }

  function bufferedBytes(): number {
    return Math.max(0, bytesUnderWay - conditions().kernelBytes)
  }

  /** One event per parcel; the event takes whatever is first, so order holds whatever the times. */
  function schedule(bytes: number): void {
    const { latencyMs, tailChance, tailMs, bytesPerMs } = conditions()
    const tail = random.chance(tailChance) ? random.interval(tailMs) : 0
    const delayMs = latencyMs * random.between(0.5, 1.5) + tail
    arrivalMs = Math.max(arrivalMs, world.nowMs + delayMs) + bytes / bytesPerMs
    scheduled++
    world.after(arrivalMs - world.nowMs, arrive)
  }

  function arrive(): void {
    scheduled--
    if (holds.size > 0) return
    const parcel = parcels.shift()
    if (parcel === undefined) return
    parcel.arrive()
  }

  function flowAgain(): void {
    if (parcels.length > 0) sometimes('frames arrive that were held back')
    for (const parcel of parcels.slice(scheduled)) schedule(parcel.bytes)
  }

  return {
    send(frame) {
      if (ended) return
      const copy = frame.slice()
      put({
        bytes: copy.length,
        isEnd: false,
        arrive: () => {
          world.record(label, 'frame', hashBytes(copy), () => describe(copy))
          received(copy, () => {
            bytesUnderWay -= copy.length
            if (copy.length > 0) drained()
          })
        },
      })
    },
    signal: (arrive) => put({ bytes: 0, isEnd: false, arrive }),
    end(arrive) {
      if (ended) return
      ended = true
      put({ bytes: 0, isEnd: true, arrive })
    },
    discard(kept) {
      // The sender does not learn of it: to it these bytes are still under way.
      for (const lost of parcels.splice(Math.ceil(parcels.length * kept))) {
        if (lost.bytes > 0) sometimes('frames under way are lost with their connection')
        // An end that got lost has to be told again.
        if (lost.isEnd) ended = false
      }
    },
    stall() {
      const hold = Symbol('stall')
      holds.add(hold)
      return () => {
        if (holds.delete(hold) && holds.size === 0) flowAgain()
      }
    },
    flow() {
      if (holds.size === 0) return
      holds.clear()
      flowAgain()
    },
    get isHeld() {
      return holds.size > 0
    },
    get bufferedBytes() {
      return bufferedBytes()
    },
  }
}
