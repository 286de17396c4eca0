import type { Clock, Unsubscribe } from '@tidemark/base'

/**
 * Work that somebody outside can ask for as often as they like: done at once the first time, then at most once in
 * `everyMs`. What is asked for sooner waits, and only the latest of it.
 */
export class Paced {
  readonly #clock: Clock
  readonly #everyMs: number
  #waiting: (() => void) | null = null
  #cancelRest: Unsubscribe | null = null
  #stopped = false

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock
    this.#everyMs = everyMs
  }

  run(work: () => void): void {
    if (this.#stopped) return
    if (this.#cancelRest) {
      this.#waiting = work
      return
    }
    this.#cancelRest = this.#clock.after(this.#everyMs, () => this.#rested())
    work()
  }

  /** What waits is not wanted any more. */
  forget(): void {
    this.#waiting = null
  }

  /** Nothing is done any more. */
  stop(): void {
    this.#stopped = true
    this.#waiting = null
    this.#cancelRest?.()
    this.#cancelRest = null
  }

  #rested(): void {
    this.#cancelRest = null
    const work = this.#waiting
    this.#waiting = null
    if (work) this.run(work)
  }
}
