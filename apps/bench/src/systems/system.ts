import type { Dialect } from '../dialects/dialect.ts'

export const systemIds = [
  'tidemark',
  'tidemark-stock',
  'bare',
  'bare-turn',
  'y-websocket',
  'y-leveldb',
  'hocuspocus-3',
  'hocuspocus-4',
] as const

export type SystemId = (typeof systemIds)[number]

/** Those that Tidemark is compared with; the bare ones are limits. */
export const peerIds: readonly SystemId[] = ['y-websocket', 'y-leveldb', 'hocuspocus-3', 'hocuspocus-4']

/** A server under test, as its users run it. */
export interface System {
  readonly id: SystemId
  readonly name: string
  /**
   * What it stores: `durable` before an update is passed on or acknowledged; `later`: some time after; `none`.
   * `limit`: it is no sync server.
   */
  readonly storage: 'durable' | 'later' | 'none' | 'limit'
  readonly dialect: Dialect
  /** Why it cannot run here; null when it can. */
  unavailable(): string | null
  command(place: Place): Command
}

export interface Place {
  readonly port: number
  /** Its own, empty at its first start. */
  readonly folder: string
  /** For bare servers: a file that is the first message of each connection. */
  readonly greet?: string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}
