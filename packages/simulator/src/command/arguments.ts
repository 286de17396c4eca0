import { parseArgs } from 'node:util'
import { type Mask, parseNamed } from '../story/mask.ts'

export const usage = `Runs relay and clients as they are in a simulated world, under faults, and checks what must hold.

  npm run simulate -- [options]

Many seeds, each run twice:
  --seeds N        how many (200)
  --minutes N      as many as fit into so many minutes
  --from N         the first of them (1)
  --jobs N         on so many cores (1)
  --once           run each once: faster, and blind to what does not come from the seed
  --report FILE    write the result as JSON
  --no-shrink      do not look for the smallest story of the first failure

One seed:
  --seed N         this one
  --trace          print what happens:  ! fault  * edit  > frame  = status  # disk  ~ process
  --actor NAMES    of the trace only what concerns these: 'a.1,relay'
  --all            of the trace also timers and heartbeats
  --shrink         look for the smallest story that fails in the same way
  --only LIST      let nothing else happen: 'd1, cut#2, a#3+7-9, b#'
  --without LIST   let everything else happen: 'cut, a#5'
  --until MS       end the first phase then

  --help           this text`

export type Command = HelpCommand | SeedCommand | CampaignCommand

interface HelpCommand {
  readonly kind: 'help'
}

export interface SeedCommand {
  readonly kind: 'seed'
  readonly seed: number
  readonly mask: Mask
  /** Null: nothing is printed. Empty: everything, whoever it concerns. */
  readonly trace: { readonly actors: readonly string[]; readonly all: boolean } | null
  readonly shrinks: boolean
}

export interface CampaignCommand {
  readonly kind: 'campaign'
  readonly firstSeed: number
  /** Null: as many as fit into `minutes`. */
  readonly seeds: number | null
  readonly minutes: number | null
  readonly jobs: number
  readonly once: boolean
  readonly report: string | null
  readonly shrinks: boolean
}

/** @throws Error that says what is wrong with the command line. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) return { kind: 'help' }
  const strays = ofOneSeed.filter((option) => values.seed === undefined && values[option])
  if (strays.length > 0) throw new Error(`--${strays[0]} wants one seed: --seed N`)
  if (values.seed !== undefined && (values.minutes ?? values.report) !== undefined)
    throw new Error('--minutes and --report are for many seeds, --seed for one')
  const faultsMs = values.until === undefined ? null : numberOf('until', values.until)
  if (values.seed === undefined) {
    return {
      kind: 'campaign',
      firstSeed: numberOf('from', values.from),
      seeds: values.minutes === undefined ? numberOf('seeds', values.seeds) : null,
      minutes: values.minutes === undefined ? null : numberOf('minutes', values.minutes),
      jobs: Math.max(1, numberOf('jobs', values.jobs)),
      once: values.once,
      report: values.report ?? null,
      shrinks: !values['no-shrink'],
    }
  }
  const actors = (values.actor ?? '').split(',').map((name) => name.trim())
  return {
    kind: 'seed',
    seed: numberOf('seed', values.seed),
    mask: maskOf(values.only, values.without, faultsMs),
    trace: values.trace ? { actors: actors.filter((name) => name !== ''), all: values.all } : null,
    shrinks: values.shrink,
  }
}

/** They say nothing of a campaign. */
const ofOneSeed = ['trace', 'actor', 'all', 'shrink', 'only', 'without', 'until'] as const

const options = {
  seeds: { type: 'string', default: '200' },
  minutes: { type: 'string' },
  from: { type: 'string', default: '1' },
  jobs: { type: 'string', default: '1' },
  once: { type: 'boolean', default: false },
  report: { type: 'string' },
  'no-shrink': { type: 'boolean', default: false },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  actor: { type: 'string' },
  all: { type: 'boolean', default: false },
  shrink: { type: 'boolean', default: false },
  only: { type: 'string' },
  without: { type: 'string' },
  until: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function maskOf(only: string | undefined, without: string | undefined, faultsMs: number | null): Mask {
  if (only !== undefined && without !== undefined) throw new Error('--only or --without, not both')
  const kind = only === undefined ? 'without' : 'only'
  return { kind, named: parseNamed(only ?? without ?? ''), faultsMs }
}

function numberOf(option: string, text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number))
    throw new Error(`--${option} takes a number, not '${text}'`)
  return number
}
