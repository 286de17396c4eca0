import type { Campaign } from '../campaign.ts'

export interface ProgressDeps {
  /** Milliseconds since the campaign began. */
  readonly elapsedMs: () => number
  readonly write: (text: string) => void
  /** A terminal shows one line that changes; elsewhere a line is written now and then. */
  readonly isTerminal: boolean
  readonly seeds: number | null
  readonly minutes: number | null
}

const terminalEveryMs = 200
const plainEveryMs = 30_000

/** Tells how far a campaign has come. */
export interface Progress {
  told(soFar: Campaign): void
  /** Makes room for other output. */
  clear(): void
}

export function createProgress({ elapsedMs, write, isTerminal, seeds, minutes }: ProgressDeps): Progress {
  const everyMs = isTerminal ? terminalEveryMs : plainEveryMs
  let nextMs = everyMs

  function leftMs(done: number, atMs: number): number {
    return minutes === null ? (atMs / done) * ((seeds ?? done) - done) : minutes * 60_000 - atMs
  }

  return {
    told(soFar) {
      const atMs = elapsedMs()
      if (atMs < nextMs) return
      nextMs = atMs + everyMs
      const line = describe(soFar, atMs, Math.max(0, leftMs(soFar.seeds, atMs)))
      write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`)
    },
    clear() {
      if (isTerminal) write('\r\u001b[K')
    },
  }
}

function describe({ seeds, steps, failures }: Campaign, atMs: number, leftMs: number): string {
  const perSecond = Math.round((steps / atMs) * 1000)
  return `${seeds} seeds, ${failures.length} failed, ${perSecond} steps/s, ${minutesOf(atMs)} gone, ${minutesOf(leftMs)} left`
}

function minutesOf(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
