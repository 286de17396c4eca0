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
    return Math.floor(this.#nowMs)
  }

  after(delayMs: number, run: () => void): Unsubscribe {
    const timer: Timer = { atMs: this.#nowMs + delayMs, order: this.#order++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  turn(run: () => void): void {
    this.#turns.push(run)
  }

  /** Lets everything happen that needs no time: promises, then turns, until neither is left. */
  async flush(): Promise<void> {
    for (;;) {
      await macrotask()
      if (this.#turns.length === 0) return
      const turns = this.#turns
      this.#turns = []
      for (const run of turns) run()
    }
  }

  /** Lets `ms` pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await this.flush()
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await this.flush()
    }
    this.#nowMs = untilMs
  }

  #next(untilMs: number): Timer | undefined {
    return [...this.#timers]
      .filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
  }
}

/** Comes after all that promises have to do. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
