import type { DocumentId, Principal } from '@tidemark/base'
import type { RelayNode } from '../cast/relay-node.ts'
import type { World } from '../world/world.ts'
import type { Border } from './border.ts'
import type { LogTruth } from './log-truth.ts'

export interface LockedOutDeps {
  readonly world: World
  readonly log: LogTruth
  readonly relay: RelayNode
  readonly border: Border
  readonly limits: { readonly updateBytesMax: number }
}

/**
 * Stock clients that are sent away each time they come. Others see them come and go.
 *
 * ADM2: one holds of what the log lost something under a client id that is somebody else's by now. It can prove nothing,
 * until somebody has given that back who can; which may be never. ADM4: one says all that it has not delivered in one
 * message, and that is larger than an update may be.
 */
export class LockedOut {
  readonly #world: World
  /** When they were sent away last, by principal and document. */
  readonly #sentAwayMs = new Map<string, number>()

  constructor({ world, log, relay, border, limits }: LockedOutDeps) {
    this.#world = world
    relay.watch((event) => {
      if (event.type !== 'update-refused' || event.code !== 'update/foreign-client') return
      if (log.lossesOf(event.document) > 0) this.#sentAway(event.principal, event.document)
    })
    border.listen({
      receivedStock: ({ principal }, document, message) => {
        if ('bytes' in message && message.bytes.length > limits.updateBytesMax)
          this.#sentAway(principal, document)
      },
    })
  }

  has(principal: Principal, document: DocumentId): boolean {
    const sentAwayMs = this.#sentAwayMs.get(key(principal, document)) ?? Number.NEGATIVE_INFINITY
    return this.#world.nowMs - sentAwayMs < comesBackMsMax
  }

  #sentAway(principal: Principal, document: DocumentId): void {
    this.#sentAwayMs.set(key(principal, document), this.#world.nowMs)
  }
}

function key(principal: Principal, document: DocumentId): string {
  return `${principal}\n${document}`
}

/** People try again after 2 s on average, over a network that may be slow. */
const comesBackMsMax = 20_000
