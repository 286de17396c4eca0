import { hashText } from './seeded-random.ts'

export type TraceDetail = number | string

/** `show` makes the detail readable when somebody reads it. */
export interface TraceLine {
  readonly timeMs: number
  readonly actor: string
  readonly what: string
  readonly detail: TraceDetail
  readonly show: (() => string) | null
}

const linesKeptDefault = 400

/**
 * What happened, in order: a hash over all of it and over whatever else is mixed in, and the last lines in full. Two
 * runs of a seed that differ in any of that end with different hashes.
 */
export class Trace {
  readonly #kept: TraceLine[] = []
  readonly #keptMax: number
  readonly #onLine: ((line: TraceLine) => void) | null
  #low = 0x811c9dc5
  #high = 0x1b873593
  #count = 0

  constructor(options: { keep?: number; onLine?: (line: TraceLine) => void } = {}) {
    this.#keptMax = options.keep ?? linesKeptDefault
    this.#onLine = options.onLine ?? null
  }

  /** `show` makes the detail readable when somebody reads it; the hash takes `detail` alone. */
  record(
    timeMs: number,
    actor: string,
    what: string,
    detail: TraceDetail = 0,
    show: (() => string) | null = null,
  ): void {
    this.mix(timeMs * 1000)
    this.mix(hashLabel(actor))
    this.mix(hashLabel(what))
    this.mix(typeof detail === 'number' ? detail : hashText(detail))
    const line = { timeMs, actor, what, detail, show }
    this.#kept[this.#count % this.#keptMax] = line
    this.#count++
    this.#onLine?.(line)
  }

  get count(): number {
    return this.#count
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }

  /** The last lines, oldest first. */
  tail(): readonly TraceLine[] {
    return this.since(0)
  }

  /** The lines after the first `count` that are still there, oldest first. */
  since(count: number): readonly TraceLine[] {
    const start = Math.max(count, this.#count - this.#keptMax)
    const lines: TraceLine[] = []
    for (let i = start; i < this.#count; i++) lines.push(this.#kept[i % this.#keptMax] as TraceLine)
    return lines
  }

  /** Lets the hash see something that no line tells. */
  mix(value: number): void {
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

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
