import type { DocumentId, Principal } from '@tidemark/base'
import type { RelayNode } from '../cast/relay-node.ts'
import type { World } from '../world/world.ts'
import type { LogTruth } from './log-truth.ts'

/**
 * ADM2: of what the log lost a stock client holds something under a client id that is somebody else's by now. It can prove
 * nothing, so it is sent away each time, until somebody has given that back who can; which may be never. Others see it
 * come and go.
 */
export class LockedOut {
  readonly #world: World
  readonly #log: LogTruth
  /** When they were sent away last, by principal and document. */
  readonly #sentAwayMs = new Map<string, number>()

  constructor(world: World, log: LogTruth, relay: RelayNode) {
    this.#world = world
    this.#log = log
    relay.watch((event) => {
      if (event.type === 'update-refused' && event.code === 'update/foreign-client')
        this.#sentAwayMs.set(key(event.principal, event.document), world.nowMs)
    })
  }

  has(principal: Principal, document: DocumentId): boolean {
    const sentAwayMs = this.#sentAwayMs.get(key(principal, document)) ?? Number.NEGATIVE_INFINITY
    return this.#log.wasRestored && this.#world.nowMs - sentAwayMs < comesBackMsMax
  }
}

function key(principal: Principal, document: DocumentId): string {
  return `${principal}\n${document}`
}

/** It tries again after 2.5 s at most, over a network that may be slow. */
const comesBackMsMax = 10_000
