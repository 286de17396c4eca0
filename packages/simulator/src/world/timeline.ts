import type { TraceLine } from './trace.ts'

/** What a line of the trace is about, for somebody who looks down the column of marks. */
const marks = {
  fault: '!',
  edit: '*',
  sent: '>',
  status: '=',
  disk: '#',
  process: '~',
  other: ' ',
} as const

type Kind = keyof typeof marks

const kinds: Readonly<Record<string, Kind>> = {
  edit: 'edit',
  deed: 'edit',
  frame: 'sent',
  status: 'status',
  error: 'status',
  started: 'process',
  opened: 'process',
  leaving: 'process',
  killed: 'process',
  paused: 'process',
  resumed: 'process',
}

/** A line for people: when, about what, who, what, and what of it. */
export function formatLine(line: TraceLine): string {
  const { timeMs, actor, what, detail, show } = line
  const shown = show?.() ?? (detail === 0 ? '' : String(detail))
  const columns = [
    timeMs.toFixed(3).padStart(timeWidth),
    marks[kindOf(line)],
    actor.padEnd(16),
    what.padEnd(17),
    shown,
  ]
  return columns.join(' ').trimEnd()
}

/** A formatted line without its time: what follows another of the same moment. */
export function withoutTime(line: string): string {
  return line.slice(timeWidth + 1)
}

/** Whether a line is about one of `actors`: a process, all tabs of a person, a device, one end of a connection. */
export function concerns({ actor }: TraceLine, actors: readonly string[]): boolean {
  return actor
    .split(' > ')
    .some((who) => actors.some((wanted) => who === wanted || who.startsWith(`${wanted}.`)))
}

/** Whether a line tells what the world does to those in it: read whoever is looked at. */
export function isFault(line: TraceLine): boolean {
  return kindOf(line) === 'fault'
}

/** Whether nothing but the passing of time shows in a line. */
export function isIdle({ what, show }: TraceLine): boolean {
  return what === 'turn' || what === 'timer' || (what === 'frame' && isHeartbeat(show?.() ?? ''))
}

const timeWidth = 11

function isHeartbeat(frame: string): boolean {
  return frame.split(', ').every((message) => message.startsWith('ping(') || message.startsWith('pong('))
}

function kindOf({ actor, what }: TraceLine): Kind {
  if (actor === 'fault' || actor === 'world') return 'fault'
  if (actor === 'disk' || what.startsWith('store ') || what.startsWith('log ')) return 'disk'
  return kinds[what] ?? 'other'
}
