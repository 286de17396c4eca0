import type { Clock, Unsubscribe } from '@tidemark/base'
import { doubtMsMax, pingMs, pongMsMax } from './limits.ts'

export interface HeartbeatDeps {
  readonly clock: Clock
  ping(nonce: number): void
  /** Nothing was heard in time. */
  silent(): void
}

export interface Heartbeat {
  received(): void
  /** There is a reason to ask at once: the page was frozen, the network changed. */
  doubt(): void
  /** The relay closes a connection from which it heard nothing for so long. */
  limit(idleMsMax: number): void
  stop(): void
}

/**
 * Notices a connection that is dead without saying so, and keeps the relay from thinking the same of this one.
 *
 *     every interval: ping ──▶ anything heard before the deadline? ──yes──▶ wait for the next
 *                                                                  └─no──▶ silent
 */
export function createHeartbeat({ clock, ping, silent }: HeartbeatDeps): Heartbeat {
  let nonce = 0
  let cancelNext: Unsubscribe = () => {}
  let cancelDeadline: Unsubscribe | null = null
  every(pingMs)

  function every(intervalMs: number): void {
    cancelNext()
    cancelNext = clock.after(intervalMs, () => {
      every(intervalMs)
      ask(pongMsMax)
    })
  }

  function ask(deadlineMs: number): void {
    ping(++nonce)
    cancelDeadline?.()
    cancelDeadline = clock.after(deadlineMs, silent)
  }

  return {
    received() {
      cancelDeadline?.()
      cancelDeadline = null
    },
    doubt: () => ask(doubtMsMax),
    limit: (idleMsMax) => every(Math.min(pingMs, idleMsMax / 3)),
    stop() {
      cancelNext()
      cancelDeadline?.()
    },
  }
}
