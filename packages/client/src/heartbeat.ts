import type { Clock, Unsubscribe } from '@tidemark/base'
import { doubtMsMax, pingMs, pongMsMax } from './limits.ts'

export interface HeartbeatDeps {
  readonly clock: Clock
  ping(nonce: number): void
  /** Nothing was heard in time. */
  silent(): void
}

export interface Heartbeat {
  sent(): void
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
 *     every interval: heard and sent something since the last? ──yes──▶ wait for the next
 *                                                              └─no──▶ ping; nothing heard by the deadline ▶ silent
 */
export function createHeartbeat({ clock, ping, silent }: HeartbeatDeps): Heartbeat {
  let intervalMs = pingMs
  let nonce = 0
  let heard = false
  let said = false
  let cancelNext = clock.after(intervalMs, beat)
  let cancelDeadline: Unsubscribe | null = null

  function beat(): void {
    cancelNext = clock.after(intervalMs, beat)
    if (!heard || !said) ask(pongMsMax)
    heard = false
    said = false
  }

  function ask(deadlineMs: number): void {
    ping(++nonce)
    cancelDeadline?.()
    cancelDeadline = clock.after(deadlineMs, silent)
  }

  return {
    sent() {
      said = true
    },
    received() {
      heard = true
      cancelDeadline?.()
      cancelDeadline = null
    },
    doubt: () => ask(doubtMsMax),
    limit(idleMsMax) {
      intervalMs = Math.min(pingMs, idleMsMax / 3)
      cancelNext()
      cancelNext = clock.after(intervalMs, beat)
    },
    stop() {
      cancelNext()
      cancelDeadline?.()
    },
  }
}
