import type { Catch } from './hunt.ts'

/** So large a part of the bugs has to be found. */
export const foundShareMin = 0.95

export function foundShare(catches: readonly Catch[]): number {
  return catches.length === 0 ? 1 : catches.filter(({ seed }) => seed !== null).length / catches.length
}

export function asTable(catches: readonly Catch[]): string {
  const rows = [
    ['bug', 'seed', 'breaks', 'time', 'passed over'],
    ...catches.map(({ bug, seed, property, passedOver, ms }) => [
      bug.name,
      seed === null ? 'not found' : String(seed),
      property ?? '',
      `${(ms / 1000).toFixed(1)} s`,
      passedOver.length === 0 ? '' : `${passedOver.length}, e.g. ${passedOver[0]}`.slice(0, 70),
    ]),
  ]
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  )
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const found = catches.filter(({ seed }) => seed !== null).length
  const percent = (foundShare(catches) * 100).toFixed(0)
  return ['', ...lines, '', `found ${found} of ${catches.length} (${percent} %)`].join('\n')
}

export interface Circumstances {
  readonly firstSeed: number
  readonly seeds: number
  /** Of the code that ran; null outside a checkout. */
  readonly commit: string | null
  /** So many were to be hunted; fewer were, when it was interrupted. */
  readonly bugs: number
}

export function toJson(
  catches: readonly Catch[],
  { firstSeed, seeds, commit, bugs: of }: Circumstances,
): string {
  const bugs = catches.map(({ bug, seed, property, message, passedOver, ms }) => ({
    name: bug.name,
    story: bug.story,
    seenIn: bug.seenIn,
    breaks: bug.breaks,
    seed,
    property,
    message: message.split('\n')[0],
    passedOver,
    ms: Math.round(ms),
  }))
  return `${JSON.stringify({ version: 1, commit, firstSeed, seeds, of, found: foundShare(catches), bugs }, null, 2)}\n`
}
