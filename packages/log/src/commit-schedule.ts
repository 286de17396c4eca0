import type { Unsubscribe } from '@tidemark/base'

/**
 * Two commits begin this far apart, unless the second is full. A commit costs a transaction, an fsync, two thread switches
 * and a write to every reader, however little is in it: 90 µs of CPU on the writer's thread alone, where a row costs 8.
 * At 2,000 writes a second 2 ms save a fifth of the log's CPU; 3 ms save little more, and an edit that has just missed a
 * commit would wait for more than 3 ms beside its own: timers are late by up to one.
 */
export const commitSpacingMs = 2

/** So many writes make a commit full: each pays little of what the commit costs, and waiting would only cost throughput. */
export const fullCommitWrites = 64

/** Time, as the schedule sees it. */
export interface ScheduleTime {
  /** Milliseconds since whenever; never goes back. */
  nowMs(): number
  /** As `Clock.turn`. */
  turn(run: () => void): void
  /** As `Clock.after`. */
  after(delayMs: number, run: () => void): Unsubscribe
}

export interface CommitScheduleDeps {
  readonly time: ScheduleTime
  /** Writes that wait. */
  readonly waiting: () => number
  /** Begins the next commit. Called when something waits and none is running. */
  readonly commit: () => void
}

type Phase =
  | { readonly kind: 'idle' }
  /** The turn that brought the writes is not over. `echo`: they came when those of the last commit were told. */
  | { readonly kind: 'turn'; readonly echo: boolean }
  | { readonly kind: 'spacing'; readonly cancel: Unsubscribe }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped' }

/**
 * When commits begin.
 *
 *     idle ──added──▶ turn ──its end──▶ running ──ended──▶ turn ─▶ ...
 *                       └──▶ spacing ──────▲   the last one began a moment ago
 *
 * At the end of the turn, so that all it brings shares a commit. After it, while commits are frequent: what else arrives
 * within the spacing shares it too. A lone write never waits, a burst not for more than the spacing. Nor does whoever
 * waits for a commit before the next write: no company would come.
 */
export class CommitSchedule {
  readonly #deps: CommitScheduleDeps
  #phase: Phase = { kind: 'idle' }
  #lastBeganMs = Number.NEGATIVE_INFINITY

  constructor(deps: CommitScheduleDeps) {
    this.#deps = deps
  }

  /** A write waits. */
  added(): void {
    const { kind } = this.#phase
    if (kind === 'idle') this.#awaitTurn(false)
    else if (kind === 'spacing' && this.#waitMs() <= 0) this.#awaitTurn(false)
  }

  /** The running commit came to an end, and everybody has been told. */
  ended(): void {
    this.#awaitTurn(this.#deps.waiting() === 0)
  }

  /** Begins no more. */
  stop(): void {
    this.#leave({ kind: 'stopped' })
  }

  #awaitTurn(echo: boolean): void {
    const phase: Phase = { kind: 'turn', echo }
    this.#leave(phase)
    this.#deps.time.turn(() => {
      if (this.#phase === phase) this.#turnEnded(echo)
    })
  }

  #turnEnded(echo: boolean): void {
    if (this.#deps.waiting() === 0) return this.#leave({ kind: 'idle' })
    const waitMs = echo ? 0 : this.#waitMs()
    if (waitMs <= 0) return this.#begin()
    this.#phase = { kind: 'spacing', cancel: this.#deps.time.after(waitMs, () => this.#begin()) }
  }

  #begin(): void {
    this.#lastBeganMs = this.#deps.time.nowMs()
    this.#phase = { kind: 'running' }
    this.#deps.commit()
  }

  #waitMs(): number {
    if (this.#deps.waiting() >= fullCommitWrites) return 0
    return this.#lastBeganMs + commitSpacingMs - this.#deps.time.nowMs()
  }

  #leave(next: Phase): void {
    if (this.#phase.kind === 'spacing') this.#phase.cancel()
    this.#phase = next
  }
}
