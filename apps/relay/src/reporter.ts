import { TidemarkError } from '@tidemark/base'
import { Misconfigured } from './misconfigured.ts'

/** `error`: somebody should go and look. `info`: a change of state. `debug`: the rest. */
export const levels = ['error', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

export type Fields = Readonly<Record<string, unknown>>

/** Tells the owner of this relay what happened, one line per event. Never given a token or a document's content. */
export type Reporter = (level: Level, event: string, fields?: Fields) => void

export interface ReporterOptions {
  readonly level: Level
  readonly format: 'json' | 'text'
  write(line: string): void
  /** Milliseconds since the epoch. */
  now(): number
}

export function createReporter({ level, format, write, now }: ReporterOptions): Reporter {
  const formatLine = format === 'json' ? jsonLine : textLine
  return (lineLevel, event, fields = {}) => {
    if (levels.indexOf(lineLevel) > levels.indexOf(level)) return
    write(formatLine(new Date(now()).toISOString(), lineLevel, event, plain(fields)))
  }
}

function jsonLine(time: string, level: Level, event: string, fields: Fields): string {
  return `${JSON.stringify({ time, level, event, ...fields })}\n`
}

/** For people at a terminal: `14:05:09 relay/listening address=http://localhost:8787`. */
function textLine(time: string, level: Level, event: string, fields: Fields): string {
  const words = Object.entries(fields).map(([key, value]) => `${key}=${quoted(value)}`)
  return `${[time.slice(11, 19), ...(level === 'error' ? ['ERROR'] : []), event, ...words].join(' ')}\n`
}

/** Control characters are escaped: what came from outside must not forge a line or move the terminal's caret. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w\-./:[\]@]+$/.test(text) ? text : JSON.stringify(text)
}

/** Fields that survive JSON: errors become objects with their code, message and stack. */
function plain(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? plainError(value) : value]),
  )
}

function plainError(error: Error): Fields {
  return {
    ...(error instanceof TidemarkError ? { code: error.code } : {}),
    message: error.message,
    // The stack is for mistakes in the program.
    ...(error instanceof TidemarkError || error instanceof Misconfigured ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: String(error.cause) }),
  }
}
