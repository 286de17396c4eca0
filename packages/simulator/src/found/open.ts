/**
 * What simulations found and nobody has mended yet. `npm test` expects exactly this of these seeds: it fails when one of
 * them breaks another property, and when one of them holds, so that an entry goes with its bug.
 */
export interface OpenViolation {
  readonly seed: number
  readonly property: string
  readonly what: string
}

const openViolations: readonly OpenViolation[] = []

/** Of what failed, all that is not open; and what is open and did not fail. */
export function beyondOpen(
  seeds: { readonly first: number; readonly count: number },
  failures: readonly { readonly seed: number; readonly property: string }[],
  open: readonly OpenViolation[] = openViolations,
): { readonly unexpected: readonly number[]; readonly mended: readonly OpenViolation[] } {
  const isSame = (a: { seed: number; property: string }, b: { seed: number; property: string }): boolean =>
    a.seed === b.seed && a.property === b.property
  const expected = open.filter(({ seed }) => seed >= seeds.first && seed < seeds.first + seeds.count)
  return {
    unexpected: failures.filter((each) => !expected.some((one) => isSame(one, each))).map(({ seed }) => seed),
    mended: expected.filter((each) => !failures.some((one) => isSame(one, each))),
  }
}
