import { hashText } from './seeded-random.ts'

export type TraceDetail = number | string

interface TraceLine {
  readonly timeMs: number
  readonly actor: string
  readonly what: string
  readonly detail: TraceDetail
  readonly show: (() => string) | null
}

const linesKeptDefault = 120

/**
 * What happened, in order: a hash over all of it, and the last lines in full. Two runs of a seed that differ anywhere
 * end with different hashes.
 */
export class Trace {
  readonly #kept: TraceLine[] = []
  readonly #keptMax: number
  readonly #print: ((line: string) => void) | null
  #low = 0x811c9dc5
  #high = 0x1b873593
  #count = 0

  constructor(options: { keep?: number; print?: (line: string) => void } = {}) {
    this.#keptMax = options.keep ?? linesKeptDefault
    this.#print = options.print ?? null
  }

  /** `show` makes the detail readable when somebody reads it; the hash takes `detail` alone. */
  record(
    timeMs: number,
    actor: string,
    what: string,
    detail: TraceDetail = 0,
    show: (() => string) | null = null,
  ): void {
    this.#mix(timeMs * 1000)
    this.#mix(hashLabel(actor))
    this.#mix(hashLabel(what))
    this.#mix(typeof detail === 'number' ? detail : hashText(detail))
    const line = { timeMs, actor, what, detail, show }
    this.#kept[this.#count % this.#keptMax] = line
    this.#count++
    this.#print?.(formatLine(line))
  }

  get count(): number {
    return this.#count
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }

  /** The last lines, oldest first. */
  tail(): readonly string[] {
    return this.since(0)
  }

  /** The lines after the first `count` that are still there, oldest first. */
  since(count: number): readonly string[] {
    const start = Math.max(count, this.#count - this.#keptMax)
    const lines: string[] = []
    for (let i = start; i < this.#count; i++)
      lines.push(formatLine(this.#kept[i % this.#keptMax] as TraceLine))
    return lines
  }

  #mix(value: number): void {
    this.#low = Math.imul((this.#low ^ value) | 0, 0x85ebca6b)
    this.#low ^= this.#low >>> 13
    this.#high = Math.imul((this.#high + value) | 0, 0xc2b2ae35) ^ this.#low
  }
}

const labelHashes = new Map<string, number>()

function hashLabel(label: string): number {
  let hash = labelHashes.get(label)
  if (hash === undefined) {
    hash = hashText(label)
    labelHashes.set(label, hash)
  }
  return hash
}

function formatLine({ timeMs, actor, what, detail, show }: TraceLine): string {
  const shown = show?.() ?? formatDetail(detail)
  return `${timeMs.toFixed(3).padStart(11)}  ${actor.padEnd(14)} ${what.padEnd(22)} ${shown}`.trimEnd()
}

function formatDetail(detail: TraceDetail): string {
  if (typeof detail === 'string') return detail
  return detail === 0 ? '' : `#${hex(detail)}`
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
