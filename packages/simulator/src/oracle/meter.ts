import type { DocumentId } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'
import type { RelayLimits, Socket } from '@tidemark/relay'
import type { World } from '../world/world.ts'
import { isPlainPush } from './author.ts'
import { Violation } from './violation.ts'

/** Stands between a relay and its world, and measures what the relay lets pile up there. */
export class Meter {
  readonly #world: World
  readonly #limits: RelayLimits

  constructor(world: World, limits: RelayLimits) {
    this.#world = world
    this.#limits = limits
  }

  /** Unsent bytes: the relay cuts a connection rather than let more pile up. */
  socket(socket: Socket): Socket {
    return {
      get bufferedBytes() {
        return socket.bufferedBytes
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
      send: (frame) => {
        socket.send(frame)
        this.#require('unsent bytes of a connection', socket.bufferedBytes, this.#limits.terminateBytesMax)
      },
    }
  }

  /** Bytes appended and not answered: per document, and of one principal. One that is larger may travel alone. */
  log(log: UpdateLog): UpdateLog {
    const { inFlightBytesMax, windowBytesMax } = this.#limits
    const ofDocument = new Map<DocumentId, InFlight>()
    const ofPrincipal = new Map<string, InFlight>()
    return {
      ...log,
      append: async (document, append) => {
        // An append may be several pushes.
        const sizes = append.entries.map(({ update }) => update.length)
        const principal = append.entries[0]?.author ?? ''
        const all = inFlightOf(ofDocument, document)
        const own = inFlightOf(ofPrincipal, `${document}\n${principal}`)
        all.add(sizes)
        own.add(sizes)
        this.#require(`bytes in flight of ${document}`, all.beyondLargest, inFlightBytesMax)
        if (isPlainPush(principal))
          this.#require(
            `bytes in flight of ${principal}`,
            own.within(windowBytesMax),
            sessionsMax * windowBytesMax,
          )
        try {
          return await log.append(document, append)
        } finally {
          all.remove(sizes)
          own.remove(sizes)
        }
      },
    }
  }

  #require(what: string, value: number, max: number): void {
    if (value > max) this.#world.fail(new Violation('S13', `${what}: ${value}, at most ${max}`))
  }
}

/** Of one principal in one document: as many connections as a stranger has at a time, or tabs on a device. */
const sessionsMax = 6

/** Sizes of what waits for the log. */
class InFlight {
  readonly #sizes: number[] = []

  add(sizes: readonly number[]): void {
    this.#sizes.push(...sizes)
  }

  remove(sizes: readonly number[]): void {
    for (const bytes of sizes) this.#sizes.splice(this.#sizes.indexOf(bytes), 1)
  }

  /** Each session may have one that is larger than its window: that counts as a window. */
  within(windowBytes: number): number {
    return this.#sizes.reduce((sum, bytes) => sum + Math.min(bytes, windowBytes), 0)
  }

  get beyondLargest(): number {
    return this.#sizes.reduce((sum, bytes) => sum + bytes, 0) - Math.max(...this.#sizes)
  }
}

function inFlightOf<K>(map: Map<K, InFlight>, key: K): InFlight {
  const present = map.get(key) ?? new InFlight()
  map.set(key, present)
  return present
}
