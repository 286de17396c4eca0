/** Lines of the relay that are remembered. Those before are in the file alone. */
export const linesMax = 20_000

export interface RelayLine {
  readonly level: string
  readonly event: string
  readonly document?: string
}

/** What a relay told its owner, the latest lines of it. */
export class RelayLines {
  readonly #lines: RelayLine[] = []
  #forgotten = 0

  /** One line of its output. What is none of its own, a stack trace for instance, is an event without a name. */
  add(text: string): RelayLine {
    const line = parsed(text)
    this.#lines.push(line)
    if (this.#lines.length > linesMax) {
      this.#lines.shift()
      this.#forgotten++
    }
    return line
  }

  /** A place in the output: what comes later is after it. */
  mark(): number {
    return this.#forgotten + this.#lines.length
  }

  /** Whether it has told of `event` since; of what is forgotten nothing is known. */
  told(event: string, since: number, document?: string): boolean {
    return this.#lines
      .slice(Math.max(0, since - this.#forgotten))
      .some((line) => line.event === event && (document === undefined || line.document === document))
  }

  /** The names of the latest. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count).map(({ event }) => event)
  }
}

function parsed(text: string): RelayLine {
  try {
    return JSON.parse(text) as RelayLine
  } catch {
    return { level: 'error', event: text.slice(0, 200) }
  }
}
