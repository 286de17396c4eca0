import type { Scene } from '../scene.ts'

/** Watches one property. What it finds it throws, as a Violation. */
export interface Checker {
  /** After each event, when all that it set off has been handled. Must be cheap. */
  afterStep?(): void
  /** When the world has been healed and has come to rest. */
  atRest?(): void
}

export type CreateChecker = (scene: Scene) => Checker
