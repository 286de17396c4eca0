import type { ClientRange } from './ranges.ts'

/**
 * Clocks of one client as ascending numbers `start, end, start, end, ...`, `end` exclusive, no two runs touching.
 * 16 bytes per run: a document with much deleted text has thousands.
 */
export type FlatRanges = number[]

/** Index into `ranges` of the first run whose end is above `clock` (`ranges.length` when there is none). Even. */
export function findRun(ranges: readonly number[], clock: number): number {
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[2 * middle + 1] as number) > clock) high = middle
    else low = middle + 1
  }
  return 2 * low
}

/** Pushes the parts of `range` that `ranges` lacks to `missing`. */
export function subtractInto(missing: ClientRange[], range: ClientRange, ranges: readonly number[]): void {
  const end = range.clock + range.length
  let clock = range.clock
  for (let i = findRun(ranges, clock); clock < end; i += 2) {
    const runStart = Math.min(ranges[i] ?? end, end)
    if (clock < runStart) missing.push({ client: range.client, clock, length: runStart - clock })
    clock = Math.max(clock, ranges[i + 1] ?? end)
  }
}

/** Adds `added` to the runs of their clients. Ranges of a client must follow each other and ascend. */
export function addRanges(byClient: Map<number, FlatRanges>, added: readonly ClientRange[]): void {
  for (let first = 0; first < added.length; ) {
    const { client } = added[first] as ClientRange
    let last = first + 1
    while (last < added.length && added[last]?.client === client) last++
    const before = byClient.get(client) ?? []
    byClient.set(client, union(before, added, first, last))
    first = last
  }
}

/** Few new runs are spliced in, many are merged in one pass: an update with 100,000 runs must not move memory each time. */
function union(before: FlatRanges, added: readonly ClientRange[], first: number, last: number): FlatRanges {
  if (last - first > splicesMax) return mergeRuns(before, added, first, last)
  for (let i = first; i < last; i++) insert(before, added[i] as ClientRange)
  return before
}

const splicesMax = 8

function insert(ranges: FlatRanges, { clock, length }: ClientRange): void {
  // From the first run that touches the new one, to the first that lies beyond it.
  const from = findRun(ranges, clock - 1)
  let start = clock
  let end = clock + length
  let to = from
  while (to < ranges.length && (ranges[to] as number) <= end) {
    start = Math.min(start, ranges[to] as number)
    end = Math.max(end, ranges[to + 1] as number)
    to += 2
  }
  if (from === ranges.length) ranges.push(start, end)
  else ranges.splice(from, to - from, start, end)
}

function mergeRuns(
  before: FlatRanges,
  added: readonly ClientRange[],
  first: number,
  last: number,
): FlatRanges {
  const merged: FlatRanges = []
  let i = 0
  let j = first
  while (i < before.length || j < last) {
    const range = j < last ? (added[j] as ClientRange) : null
    if (range === null || (i < before.length && (before[i] as number) <= range.clock)) {
      append(merged, before[i] as number, before[i + 1] as number)
      i += 2
    } else {
      append(merged, range.clock, range.clock + range.length)
      j++
    }
  }
  return merged
}

function append(merged: FlatRanges, start: number, end: number): void {
  const last = merged.length - 1
  if (last > 0 && start <= (merged[last] as number)) merged[last] = Math.max(merged[last] as number, end)
  else merged.push(start, end)
}
