/**
 * What of a seed is left out. Everything that can be left out has a source (a kind of fault, a person, a document, one
 * of the drawn conditions), and what a source does again and again is numbered from 1.
 *
 *     cut                 all strikes of this fault
 *     a#3+7-9             the third deed of person a, and the seventh to the ninth
 *     b#                  person b, who is there and does nothing
 */
export interface Mask {
  readonly kind: 'only' | 'without'
  readonly named: ReadonlyMap<string, Named>
  /** Ends the first phase earlier than drawn; null: when it was drawn to end. */
  readonly faultsMs: number | null
}

/** All that a source does, or some of it. */
export type Named = 'all' | ReadonlySet<number>

export const nothingMasked: Mask = { kind: 'without', named: new Map(), faultsMs: null }

/** Whether a source takes part at all. */
export function keeps({ kind, named }: Mask, source: string): boolean {
  return kind === 'only' ? named.has(source) : named.get(source) !== 'all'
}

/** Whether what a source does for the `ordinal`th time happens. */
export function keepsOne({ kind, named }: Mask, source: string, ordinal: number): boolean {
  const entry = named.get(source)
  const isNamed = entry === 'all' || (entry?.has(ordinal) ?? false)
  return isNamed === (kind === 'only')
}

/** @throws RangeError when `text` is not a list as `formatNamed` writes it. */
export function parseNamed(text: string): ReadonlyMap<string, Named> {
  const items = text.split(',').map((item) => item.trim())
  return new Map(items.filter((item) => item !== '').map(parseItem))
}

/** The short notation: sources in the order of the map. */
export function formatNamed(named: ReadonlyMap<string, Named>): string {
  return [...named]
    .map(([source, entry]) => (entry === 'all' ? source : `${source}#${formatOrdinals(entry)}`))
    .join(', ')
}

function parseItem(item: string): [string, Named] {
  const [source = '', ordinals] = item.split('#')
  if (source === '') throw new RangeError(`no source in '${item}'`)
  return [source, ordinals === undefined ? 'all' : parseOrdinals(ordinals)]
}

function parseOrdinals(text: string): ReadonlySet<number> {
  const ordinals = new Set<number>()
  for (const range of text.split('+').filter((each) => each !== '')) {
    const [first, last = first] = range.split('-').map(Number)
    if (first === undefined || !(Number.isInteger(first) && Number.isInteger(last)))
      throw new RangeError(`'${range}' is no number and no range`)
    for (let ordinal = first; ordinal <= (last as number); ordinal++) ordinals.add(ordinal)
  }
  return ordinals
}

function formatOrdinals(ordinals: ReadonlySet<number>): string {
  const ranges: [first: number, last: number][] = []
  for (const ordinal of [...ordinals].sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range?.[1] === ordinal - 1) range[1] = ordinal
    else ranges.push([ordinal, ordinal])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join('+')
}
