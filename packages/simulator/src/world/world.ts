import type { Unsubscribe } from '@tidemark/base'
import { EventQueue } from './event-queue.ts'
import { drainMicrotasks } from './microtasks.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'

/** Virtual time begins here, so that stamps look like stamps: 2027-01-15T08:00:00Z. */
export const epochMs: number = Date.UTC(2027, 0, 15, 8)

/**
 * One thread, one queue of events ordered by (virtual time, seeded tie-break).
 *
 *     step:  take the next event ─▶ time := its time ─▶ run it ─▶ drain microtasks ─▶ afterStep
 *
 * Everything that happens in a simulation happens inside an event. Nothing in it may wait for the real world.
 */
export class World {
  readonly random: SeededRandom
  readonly trace: Trace
  /** Called after each event, when all promises it settled have been handled: the moment to look at the state. */
  afterStep: () => void = () => {}
  readonly #queue = new EventQueue()
  readonly #ties: SeededRandom
  #nowMs = 0
  #order = 0
  #steps = 0
  #failure: Error | null = null

  constructor(random: SeededRandom, trace: Trace) {
    this.random = random
    this.trace = trace
    this.#ties = random.fork('ties')
  }

  /** Milliseconds since the world began, with a fraction. */
  get nowMs(): number {
    return this.#nowMs
  }

  get steps(): number {
    return this.#steps
  }

  /** Runs `run` as an event of its own, `delayMs` from now. */
  after(delayMs: number, run: () => void): Unsubscribe {
    const timeMs = this.#nowMs + Math.max(0, delayMs)
    const event = { timeMs, tie: this.#ties.word(), order: this.#order++, cancelled: false, run }
    this.#queue.push(event)
    return () => {
      event.cancelled = true
    }
  }

  record(actor: string, what: string, detail: number | string = 0, show: (() => string) | null = null): void {
    this.trace.record(this.#nowMs, actor, what, detail, show)
  }

  /** Ends the simulation after this event: for what is found where throwing would only reject a promise. */
  fail(error: Error): void {
    this.#failure ??= error
  }

  /** Runs the next event. False when there is none before `untilMs`. */
  step(untilMs: number): boolean {
    const event = this.#queue.peek()
    if (event === undefined || event.timeMs > untilMs) return false
    this.#queue.pop()
    this.#nowMs = event.timeMs
    this.#steps++
    this.trace.mix(event.order)
    event.run()
    drainMicrotasks()
    if (this.#failure !== null) throw this.#failure
    this.afterStep()
    return true
  }

  /** Runs until `timeMs` of virtual time, or until `done` says so after a step. Returns whether `done` did. */
  run(timeMs: number, done: () => boolean = () => false): boolean {
    while (!done()) {
      if (this.step(timeMs)) continue
      this.#nowMs = timeMs
      return done()
    }
    return true
  }
}
