/**
 * Marks a rare branch with a claim: a simulation counts how often it was true, and one in which it never was has not
 * tested it.
 *
 *     sometimes('a push is overtaken by a resync')
 *
 * Here it does nothing, and bundlers drop the call. Under the export condition `@tidemark/counting` the module is
 * `counting.ts`, which counts. Each name stands at one place, as a literal: the list of all is read from the sources.
 * Never in a path that every update takes.
 */
export function sometimes(_claim: string): void {
  // Nothing.
}

/** What came true since the last call, and how often; null where nobody counts. */
export function takeClaims(): ReadonlyMap<string, number> | null {
  return null
}
