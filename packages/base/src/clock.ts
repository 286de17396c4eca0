export type Unsubscribe = () => void

/** Time, as the state machines see it. The real one is made once per entry point; the simulator has its own. */
export interface Clock {
  /** Milliseconds since the epoch. May jump; use it for stamps, not for durations. */
  now(): number
  /** Calls `run` once, `delayMs` milliseconds from now, unless cancelled before. */
  after(delayMs: number, run: () => void): Unsubscribe
  /** Calls `run` once, after everything that arrived in this turn of the event loop has been handled. */
  turn(run: () => void): void
}

/** A number in [0, 1). */
export type Random = () => number

/** Cryptographically strong random bytes. */
export type RandomBytes = (length: number) => Uint8Array
