import { medianOf } from '../results.ts'
import type { Figure, Scenario } from '../scenarios/scenario.ts'
import type { Results } from '../scenarios/target.ts'
import { systems } from '../systems/systems.ts'

/** A scenario's case as rows of text, the head first: a row for each system that took part. */
export function tableOf(scenario: Scenario, id: string, results: Results): string[][] {
  const head = ['', ...scenario.figures.map(headOf)]
  const rows = systems.flatMap((system) => {
    const medians = scenario.figures.map(({ key }) => medianOf(results, id, system.id, key))
    if (medians.every(Number.isNaN)) return []
    return [
      [
        scenario.names?.[system.id] ?? system.name,
        ...medians.map((value, at) => formatFigure(value, scenario.figures[at] as Figure)),
      ],
    ]
  })
  // A column that nobody fills here belongs to other cases.
  const used = head.map((_, at) => at === 0 || rows.some((row) => row[at] !== ''))
  return [head, ...rows].map((row) => row.filter((_, at) => used[at]))
}

export function formatFigure(value: number, { digits }: Pick<Figure, 'digits'>): string {
  if (Number.isNaN(value)) return ''
  const sign = value < 0 ? '-' : ''
  const [whole = '', part] = Math.abs(value).toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}${grouped}${part === undefined ? '' : `.${part}`}`
}

function headOf({ label, unit }: Figure): string {
  return unit === '' ? label : `${label}, ${unit}`
}

/** For a terminal: columns of equal width. */
export function formatText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0, at))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** For a page: GitHub's tables, columns of numbers to the right. */
export function formatMarkdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const isNumbers = (at: number): boolean => rows.every((row) => /^[-\d,.*]*$/.test(row[at] ?? ''))
  return [
    line(head),
    `|${head.map((_, at) => (isNumbers(at) ? '--:' : '---')).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

function pad(cell: string, width: number, at: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width)
}
