import type { Stage } from './stage.ts'

/** What a run did and found: as JSON with `--report`, and as a table. */
export interface ChaosReport {
  readonly version: 1
  /** Of the code that ran; null outside a checkout. */
  readonly commit: string | null
  /** It ended before its time, and what stands here is what was seen until then. */
  readonly interrupted: boolean
  readonly seed: number
  readonly rounds: number
  readonly seconds: number
  readonly edits: number
  /** Edits that the relay acknowledged. */
  readonly acknowledged: number
  /** Processes of the relay. */
  readonly relayLives: number
  /** What happened, and how often: faults by kind, and what became of them. */
  readonly faults: Readonly<Record<string, number>>
  /** What could not be done on this machine, and why. */
  readonly skipped: readonly string[]
  readonly violations: readonly { readonly property: string; readonly message: string }[]
  /** Output of the relay, its database and copies of it; null when nothing was found: then all is removed. */
  readonly artefacts: string | null
}

export function reportOf(
  { ledger, counts, violations, relay }: Stage,
  run: Pick<ChaosReport, 'commit' | 'interrupted' | 'seed' | 'rounds' | 'skipped'> & {
    readonly tookMs: number
    readonly root: string
  },
): ChaosReport {
  return {
    version: 1,
    commit: run.commit,
    interrupted: run.interrupted,
    seed: run.seed,
    rounds: run.rounds,
    seconds: Math.round(run.tookMs / 100) / 10,
    edits: ledger.edits.length,
    acknowledged: ledger.edits.filter(({ promisedSaved }) => promisedSaved).length,
    relayLives: relay.lives,
    faults: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    skipped: run.skipped,
    violations: violations.map(({ property, message }) => ({ property, message })),
    artefacts: violations.length > 0 ? run.root : null,
  }
}

export function formatReport(report: ChaosReport): string {
  const rows: [string, string | number][] = [
    ['seed', report.seed],
    ['rounds', report.rounds],
    ['time', `${report.seconds} s`],
    ['edits', report.edits],
    // All others were acknowledged to a later page of the same device: at rest, all are in the log.
    ['acknowledged to the page itself', report.acknowledged],
    ['processes of the relay', report.relayLives],
    ...Object.entries(report.faults),
    ...report.skipped.map((what): [string, string] => ['skipped', what]),
    ['violations', report.violations.length],
    ...(report.interrupted ? [['interrupted', 'the last round was not judged'] as [string, string]] : []),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

/** What to tell somebody who must find out why. */
export function explainViolations({ seed, violations, artefacts }: ChaosReport): string {
  return [
    ...violations.map(({ property, message }) =>
      message.startsWith(property) ? message : `${property}: ${message}`,
    ),
    `kept: ${artefacts}`,
    `the same faults again, at other moments: npm run chaos -- --seed ${seed}`,
  ].join('\n')
}
