import type { PersonFacts } from '../oracle/facts.ts'
import type { Scene } from '../scene.ts'

/** Watches one property. What it finds it throws, as a Violation. */
export interface Checker {
  /** After each event, when all that it set off has been handled. Must be cheap. */
  afterStep?(): void
  /** When the world has been healed for these people and has come to rest; others may be broken, and go on working. */
  atRest?(people: readonly PersonFacts[]): void
}

export type CreateChecker = (scene: Scene) => Checker
