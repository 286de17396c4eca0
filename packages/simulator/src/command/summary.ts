import type { BranchReport, Report } from './report.ts'

/** A report as a table for a terminal. */
export function summarise(report: Report): string {
  const { seeds, runsPerSeed, steps, stepsPerCpuMinute, jobs, edits, virtualMs, tookMs, cpuMs } = report
  const totals: [string, string][] = [
    [runsPerSeed === 2 ? 'seeds, each run twice' : 'seeds', number(seeds)],
    ['violations', violations(report)],
    ['steps', number(steps)],
    ['steps per minute of one core', number(stepsPerCpuMinute)],
    ['edits', number(edits)],
    ['virtual time', `${number(virtualMs / 60_000)} minutes`],
    ['time', `${number(tookMs / 1000)} s, ${number(cpuMs / 1000)} s of processor time, ${jobs} at once`],
  ]
  const sections = [
    table('', totals),
    table('faults that struck', counted(report.faults)),
    table('what else happened', counted(report.happened)),
    ...tellBranches(report.branches),
  ]
  if (report.never.length > 0)
    sections.push(table('must come up in so many seeds, and did not', report.never.map(bare)))
  sections.push(verdict(report))
  return sections.join('\n')
}

function verdict({ seeds, failures, never }: Report): string {
  if (failures.length > 0) return `FAILED: ${failures.length} of ${number(seeds)} seeds break a property.`
  if (never.length > 0)
    return `FAILED: ${number(seeds)} seeds hold, but not all came up that must in so many (the list above): too little was tried.`
  return `${number(seeds)} seeds hold.`
}

function tellBranches(branches: BranchReport | null): readonly string[] {
  if (branches === null) return []
  const { taken, never } = branches
  const of = Object.keys(taken).length + never.length
  const sections = [table(`rare branches taken, ${of - never.length} of ${of}`, counted(taken))]
  // In fewer than 3,000 seeds this is for information.
  if (never.length > 0) sections.push(table('rare branches not taken this time', never.map(bare)))
  return sections
}

function bare(what: string): [string, string] {
  return [what, '']
}

function violations({ failures }: Report): string {
  if (failures.length === 0) return '0'
  return `${failures.length}: ${failures.map(({ property, seed }) => `${property} at ${seed}`).join(', ')}`
}

function counted(counts: Readonly<Record<string, number>>): [string, string][] {
  return Object.entries(counts).map(([what, count]) => [what, number(count).padStart(9)])
}

function table(title: string, rows: readonly [string, string][]): string {
  const lines = rows.map(([label, value]) => `  ${label.padEnd(labelWidth)}  ${value}`.trimEnd())
  return `${title}\n${lines.join('\n')}\n`
}

const labelWidth = 64

function number(value: number): string {
  return Math.round(value).toLocaleString('en')
}
