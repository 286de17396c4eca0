import { parseArgs } from 'node:util'
import { relayLimitsDefault } from '@tidemark/relay'
import { choice, httpUrl, integer, type SettingKind, text } from './setting-kinds.ts'
import { sharedToken } from './shared-tokens.ts'

/**
 * All that the program can be told, in one place. Each row gives a flag (`--log-level`), an environment variable
 * (`TIDEMARK_LOG_LEVEL`), a default and a line of `--help`. A flag wins over the variable, the variable over the default.
 */
const table = {
  port: one(integer('PORT', 0, 65_535), 8787, 'TCP port; 0 lets the system choose'),
  host: one(
    text('ADDRESS'),
    '127.0.0.1',
    'address to listen on; 0.0.0.0 or :: to be reachable from other machines',
  ),
  data: one(text('FOLDER'), './data', 'where documents are stored; made when it does not exist'),
  durability: one(
    choice('fsync', 'os'),
    'fsync',
    'fsync: what is acknowledged survives a power cut; os: a crash of the program only, and it is faster',
  ),
  token: many(
    sharedToken(),
    'lets in who brings SECRET, with ACCESS read or write; may be given several times',
  ),
  tokensFile: optional(text('FILE'), 'the same, one a line; read again on SIGHUP'),
  authorizeUrl: optional(httpUrl(), 'asks this address who may open a document; see docs/self-hosting.md'),
  authorizeSecret: optional(text('SECRET'), 'sent to it as "authorization: Bearer SECRET"'),
  authorizeTimeoutMs: one(integer('MS', 1, 60_000), 4_000, 'how long to wait for its answer'),
  reauthorizeMs: one(
    integer('MS', 0, 86_400_000),
    60_000,
    'how long its answer holds: it is asked again within that time; 0: for ever',
  ),
  logLevel: one(
    choice('error', 'info', 'debug'),
    'info',
    'error: go and look; info: a change of state; debug: the rest',
  ),
  logFormat: one(
    choice('auto', 'json', 'text'),
    'auto',
    'auto: text on a terminal, else one JSON object a line',
  ),
  databaseBytesMax: optional(
    integer('BYTES', 1),
    'the database grows to this size, then edits are refused (the disk)',
  ),
  updateBytesMax: one(
    integer('BYTES', 32_768, 33_554_432),
    relayLimitsDefault.updateBytesMax,
    'one edit; larger ones are refused',
  ),
  sessionsMax: one(
    integer('COUNT', 1, 65_536),
    relayLimitsDefault.sessionsMax,
    'documents open on one connection',
  ),
  presenceBytesMax: one(
    integer('BYTES', 1, 65_536),
    relayLimitsDefault.presenceBytesMax,
    "one participant's presence",
  ),
  bufferedBytesMax: one(
    integer('BYTES', 1, 67_108_864),
    relayLimitsDefault.bufferedBytesMax,
    'unsent bytes above which a slow reader is no longer queued for',
  ),
  connectionsMax: one(integer('COUNT', 1, 1_000_000), relayLimitsDefault.connectionsMax, 'open connections'),
  connectionsPerAddressMax: one(
    integer('COUNT', 1, 1_000_000),
    relayLimitsDefault.connectionsPerAddressMax,
    'open connections of one address; leave it alone behind a proxy',
  ),
  idleMsMax: one(
    integer('MS', 1_000, 3_600_000),
    relayLimitsDefault.idleMsMax,
    'silence that ends a connection',
  ),
} satisfies Record<string, Setting<unknown>>

export type Settings = { readonly [Key in keyof typeof table]: (typeof table)[Key]['fallback'] }

export type ReadSettings =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] }

/** Reads what the program was started with. All mistakes are told at once. */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadSettings {
  const flags = readFlags(args)
  if ('mistake' in flags) return { kind: 'mistakes', mistakes: [flags.mistake] }
  if (flags.values['help'] !== undefined) return { kind: 'help', text: helpText() }
  const mistakes: string[] = []
  const settings = Object.entries<Setting<unknown>>(table).map(([key, setting]) => {
    const given = givenFor(key, setting, flags.values, environment)
    if (given === null) return [key, setting.fallback]
    const read = setting.read(given.texts)
    if ('value' in read) return [key, read.value]
    mistakes.push(`${given.name} ${read.mistake}`)
    return [key, setting.fallback]
  })
  if (mistakes.length > 0) return { kind: 'mistakes', mistakes }
  return { kind: 'settings', settings: Object.fromEntries(settings) as Settings }
}

interface Setting<Value> {
  readonly placeholder: string
  readonly repeats: boolean
  readonly fallback: Value
  readonly help: string
  read(texts: readonly string[]): { readonly value: Value } | { readonly mistake: string }
}

function one<Value>(kind: SettingKind<Value>, fallback: Value, help: string): Setting<Value> {
  return {
    placeholder: kind.placeholder,
    repeats: false,
    fallback,
    help: `${help} (${String(fallback)})`,
    read: (texts) => kind.read(texts.at(-1) ?? ''),
  }
}

function optional<Value>(kind: SettingKind<Value>, help: string): Setting<Value | null> {
  return { ...one<Value | null>(kind, null, help), help }
}

function many<Value>(kind: SettingKind<Value>, help: string): Setting<readonly Value[]> {
  return {
    placeholder: kind.placeholder,
    repeats: true,
    fallback: [],
    help,
    read(texts) {
      const all = texts.map((text) => kind.read(text))
      const mistaken = all.find((read) => 'mistake' in read)
      return mistaken ?? { value: all.flatMap((read) => ('value' in read ? [read.value] : [])) }
    },
  }
}

type Flags = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

function readFlags(args: readonly string[]): { values: Flags } | { mistake: string } {
  const options = Object.fromEntries(
    Object.entries<Setting<unknown>>(table).map(([key, { repeats }]) => [
      flagName(key),
      { type: 'string' as const, multiple: repeats },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } })
  } catch (error) {
    // Node's own words name the flag; what follows the first sentence is advice about positional arguments.
    return { mistake: (error as Error).message.split('. ')[0] ?? 'unknown flag' }
  }
}

function givenFor(
  key: string,
  { repeats }: Setting<unknown>,
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): { name: string; texts: readonly string[] } | null {
  const flag = flags[flagName(key)]
  if (flag !== undefined) return { name: `--${flagName(key)}`, texts: [flag].flat().map(String) }
  const variable = environment[variableName(key)]
  if (variable === undefined || variable === '') return null
  return { name: variableName(key), texts: repeats ? variable.trim().split(/\s+/) : [variable] }
}

function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function variableName(key: string): string {
  return `TIDEMARK_${flagName(key).replaceAll('-', '_').toUpperCase()}`
}

function helpText(): string {
  const rows = Object.entries<Setting<unknown>>(table).map(
    ([key, { placeholder, help }]) => `  --${flagName(key)} ${placeholder}\n      ${help}\n`,
  )
  return `tidemark: a relay for Yjs documents, with its database and an editor

Usage: tidemark [flags]

${rows.join('')}  --help

Each flag may also be an environment variable: --log-level is TIDEMARK_LOG_LEVEL.
Variables that repeat hold their values separated by spaces. A flag wins over its variable.
`
}
