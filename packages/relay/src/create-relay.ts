import { randomBytes } from 'node:crypto'
import type { Clock, Random, RandomBytes } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'
import { relayLimitsDefault } from './limits.ts'
import { Relay, type RelayOptions } from './relay.ts'
import type { Replayer } from './replayer.ts'
import { systemClock } from './system-clock.ts'
import { createWorkerReplayer } from './worker-replayer.ts'

export interface CreateRelayOptions extends RelayOptions {
  /** The log stays the caller's: close it after the relay. */
  readonly log: UpdateLog
  /** Default: a worker thread of the relay's own. */
  readonly replayer?: Replayer
  /** For tests and simulations; by default those of the process. */
  readonly clock?: Clock
  readonly random?: Random
  readonly randomBytes?: RandomBytes
}

/**
 * Makes a relay over a log. Mount it with `@tidemark/relay/ws` on an HTTP server, or with `@tidemark/relay/express`.
 *
 * @throws when the limits contradict each other.
 */
export function createRelay(options: CreateRelayOptions): Relay {
  const clock = options.clock ?? systemClock
  const limits = { ...relayLimitsDefault, ...options.limits }
  const onRestarted = (message: string): void => options.onEvent?.({ type: 'replayer-restarted', message })
  const replayer = options.replayer ?? createWorkerReplayer({ clock, limits, onRestarted })
  const random = options.random ?? Math.random
  return new Relay(
    { log: options.log, replayer, clock, random, randomBytes: options.randomBytes ?? randomBytes },
    options,
  )
}
