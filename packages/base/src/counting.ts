/** What `sometimes.ts` is under the export condition `@tidemark/counting`. */

let counts = new Map<string, number>()

/** See `sometimes.ts`. */
export function sometimes(claim: string): void {
  counts.set(claim, (counts.get(claim) ?? 0) + 1)
}

/** See `sometimes.ts`. */
export function takeClaims(): ReadonlyMap<string, number> | null {
  const taken = counts
  counts = new Map()
  return taken
}
