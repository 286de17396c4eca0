import type { DocumentId } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'
import type { Authorize, RelayLimits, Socket } from '@tidemark/relay'
import type { World } from '../world/world.ts'
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

  /** Bytes appended and not answered, per document. One that is larger than all room may travel alone. */
  log(log: UpdateLog): UpdateLog {
    const inFlight = new Map<DocumentId, { bytes: number; appends: number }>()
    return {
      ...log,
      append: async (document, append) => {
        const bytes = append.entries.reduce((sum, { update }) => sum + update.length, 0)
        const waiting = inFlight.get(document) ?? { bytes: 0, appends: 0 }
        inFlight.set(document, waiting)
        if (waiting.appends > 0)
          this.#require(
            `bytes in flight of ${document}`,
            waiting.bytes + bytes,
            this.#limits.inFlightBytesMax,
          )
        waiting.bytes += bytes
        waiting.appends++
        try {
          return await log.append(document, append)
        } finally {
          waiting.bytes -= bytes
          waiting.appends--
        }
      },
    }
  }

  #require(what: string, value: number, max: number): void {
    if (value > max) this.#world.fail(new Violation('S13', `${what}: ${value}, at most ${max}`))
  }
}
