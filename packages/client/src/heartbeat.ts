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
  answered(nonce: number): void
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
 *
 * In doubt only the answer counts: what arrived while the page was frozen is heard on waking, and proves nothing about
 * now. It moves the deadline, so that a slow line with much to carry is not cut.
 */
export function createHeartbeat({ clock, ping, silent }: HeartbeatDeps): Heartbeat {
  let nonce = 0
  /** The ping that must be answered itself; null: anything will do. */
  let doubted: number | null = null
  let cancelNext: Unsubscribe = () => {}
  let cancelDeadline: Unsubscribe | null = null
  every(pingMs)

  function every(intervalMs: number): void {
    cancelNext()
    cancelNext = clock.after(intervalMs, () => {
      every(intervalMs)
      ping(++nonce)
      // The first one that is not answered counts: where pings are frequent, the next must not put off its deadline.
      if (cancelDeadline === null) expect(pongMsMax)
    })
  }

  function expect(withinMs: number): void {
    calm()
    cancelDeadline = clock.after(withinMs, silent)
  }

  function calm(): void {
    cancelDeadline?.()
    cancelDeadline = null
  }

  return {
    received() {
      if (doubted === null) calm()
      else expect(doubtMsMax)
    },
    answered(answer) {
      if (doubted === null || answer < doubted) return
      doubted = null
      calm()
    },
    doubt() {
      doubted = ++nonce
      ping(doubted)
      expect(doubtMsMax)
    },
    limit: (idleMsMax) => every(Math.min(pingMs, idleMsMax / 3)),
    stop() {
      cancelNext()
      calm()
    },
  }
}
