import type { ReplayReport, TraceName } from './replay.ts'

/** For people: the figures of one replay. */
export function formatReport(trace: TraceName, report: ReplayReport): string {
  const { edits, characters, seconds, wireBytes, logBytes, logEntries, relayCpuSeconds, coldOpenMs } = report
  const perHundredThousand =
    relayCpuSeconds === null ? 'unknown' : `${((relayCpuSeconds / edits) * 100_000).toFixed(2)} s`
  const memory = report.relayResidentBytes === null ? 'unknown' : megabytes(report.relayResidentBytes)
  const rows = [
    [
      'edits',
      `${edits} in ${seconds.toFixed(1)} s, ${Math.round(edits / seconds)}/s; ${characters} characters in the end`,
    ],
    [
      'on the wire',
      `${megabytes(wireBytes)}, ${(wireBytes / edits).toFixed(0)} bytes per edit for 1 author and 2 readers`,
    ],
    ['in the log', `${logEntries} entries, ${megabytes(logBytes)} on disk`],
    ['relay CPU', `${perHundredThousand} per 100,000 edits delivered to 2 readers; ${memory} resident`],
    ['cold reload', `${coldOpenMs.toFixed(0)} ms, equal to the recorded end, as all replicas are`],
  ]
  return [trace, ...rows.map(([label, value]) => `  ${label?.padEnd(12)} ${value}`)].join('\n')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
