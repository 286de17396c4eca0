import type { Clock, Unsubscribe } from '@tidemark/base'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 1_700_000_000_000
  #order = 0
  readonly #timers = new Set<Timer>()
  #turns: (() => void)[] = []

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Unsubscribe {
    const timer: Timer = { atMs: this.#nowMs + delayMs, order: this.#order++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  turn(run: () => void): void {
    this.#turns.push(run)
  }

  /** Ends the turn of the event loop. False when nobody waited for that. */
  endTurn(): boolean {
    const turns = this.#turns
    this.#turns = []
    for (const run of turns) run()
    return turns.length > 0
  }

  /** Lets time pass until the next timer within `ms`, and runs it. False when there is none: then all of it has passed. */
  advanceToNext(untilMs: number): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    if (!next || next.atMs > untilMs) {
      this.#nowMs = untilMs
      return false
    }
    this.#timers.delete(next)
    this.#nowMs = Math.max(this.#nowMs, next.atMs)
    next.run()
    return true
  }
}
