/** What was expected of a target before anything was measured. */
export interface Prediction {
  readonly predicted: 'met' | 'missed'
  readonly why: string
}

/** From the table in apps/bench/README.md: rows `| B1.2 | missed | why |`, the target's number within its scenario. */
export function readPredictions(readme: string): ReadonlyMap<string, Prediction> {
  const rows = readme.matchAll(/^\| (B\d+\.\d+) \| (met|missed) \| (.+) \|$/gm)
  return new Map(
    [...rows].map(([, id = '', predicted, why = '']) => [id, { predicted: predicted as 'met', why }]),
  )
}
