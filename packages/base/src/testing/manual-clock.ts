import type { Clock, Unsubscribe } from '../clock.ts'

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
    do await macrotask()
    while (this.endTurn())
  }

  /** Lets `ms` pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await this.flush()
    while (this.advanceToNext(untilMs)) await this.flush()
  }

  /** Ends the turn of the event loop, for a test that is synchronous. False when nobody waited for that. */
  endTurn(): boolean {
    const turns = this.#turns
    this.#turns = []
    for (const run of turns) run()
    return turns.length > 0
  }

  /** Lets time pass until the next timer before `untilMs`, and runs it. False when there is none: then it is `untilMs`. */
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

/** Comes after all that promises have to do. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
