import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { TidemarkError } from '@tidemark/base'
import { openSqliteLog } from '@tidemark/log/sqlite'
import { createRelay } from '@tidemark/relay'
import { attachRelay } from '@tidemark/relay/ws'
import { type AccessControl, createAccessControl } from './access.ts'
import { eventLevels } from './event-levels.ts'
import { createHttp, findEditor } from './http.ts'
import { relayLimits } from './limits.ts'
import { Misconfigured } from './misconfigured.ts'
import type { Fields, Reporter } from './reporter.ts'
import type { Settings } from './settings.ts'

/** Stock y-websocket clients connect below this path, ours anywhere: `ws://host/y/document` and `ws://host`. */
const yWebsocketPath = '/y'

/** A relay that listens. */
export interface Program {
  /** What its owner wants to read when it has started; `address` is for a browser on this machine. */
  readonly facts: Fields & { readonly address: string }
  /** Reads the tokens again, and asks for every open session whether it may stay. */
  reload(): void
  /** Drains [FAIL4]: takes nothing new, finishes its commits, tells the clients when to come back. */
  stop(): Promise<void>
}

/**
 * Puts the relay together from its parts and starts it. `failed` is called when the disk failed: the caller must end the
 * process with a non-zero code [FAIL2].
 *
 * @throws when the settings, the data folder or the port cannot be used; nothing is left open then.
 */
export async function startProgram(
  settings: Settings,
  report: Reporter,
  failed: () => void,
): Promise<Program> {
  const access = createAccessControl(settings, fetch)
  const log = await openSqliteLog({
    folder: settings.data,
    durability: settings.durability,
    databaseBytesMax: settings.databaseBytesMax,
    onFailed(error: TidemarkError) {
      report('error', 'log-failed', { error })
      failed()
    },
  })
  const relay = createRelay({
    log,
    authorize: access.authorize,
    limits: relayLimits(settings),
    onEvent({ type, ...fields }) {
      report(eventLevels[type], type, fields)
      if (type === 'failed') failed()
    },
  })
  const editorFolder = findEditor()
  const server = createServer(createHttp({ relay, editorFolder, report }))
  const attached = attachRelay(relay, server, { path: '/', yWebsocketPath })

  async function stop(): Promise<void> {
    // The server listens on meanwhile: /readyz tells the load balancer, and late comers are told when to come back.
    await relay.close()
    attached.detach()
    server.close()
    server.closeAllConnections()
    await log.close()
  }

  try {
    await listen(server, settings)
  } catch (error) {
    await stop()
    throw error
  }
  warn(report, settings, access)
  const { data, durability } = settings
  return {
    facts: {
      address: addressOf(server),
      data,
      durability,
      access: access.kind,
      editor: editorFolder !== null,
    },
    stop,
    reload() {
      access.reload()
      relay.reauthorize()
    },
  }
}

async function listen(server: Server, { port, host }: Settings): Promise<void> {
  // `once` rejects when the server emits an error first.
  const listening = once(server, 'listening')
  server.listen(port, host)
  await listening.catch((cause: NodeJS.ErrnoException) => {
    const why = whyNotListening[cause.code ?? '']
    throw why === undefined ? cause : new Misconfigured(why(port, host), { cause })
  })
}

const whyNotListening: Readonly<Record<string, (port: number, host: string) => string>> = {
  EADDRINUSE: (port) => `port ${port} is taken: choose another with --port, or end what listens there`,
  EADDRNOTAVAIL: (_port, host) => `${host} is no address of this machine: choose another with --host`,
  ENOTFOUND: (_port, host) => `${host} is not known as an address: choose another with --host`,
  EACCES: (port) => `this user may not listen on port ${port}: choose one above 1023 with --port`,
}

/** People on this machine reach loopback, and every address that includes it, as localhost. */
function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  const isLocal = isLoopback(address) || address === '0.0.0.0' || address === '::'
  const host = isLocal ? 'localhost' : isIP(address) === 6 ? `[${address}]` : address
  return `http://${host}:${port}`
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

function warn(report: Reporter, { host }: Settings, { kind, weak }: AccessControl): void {
  for (const principal of weak)
    report('info', 'weak-secret', { principal, advice: 'use at least 16 random characters' })
  if (kind !== 'open') return
  const isPrivate = isLoopback(host) || host === 'localhost'
  report(isPrivate ? 'info' : 'error', 'open-access', {
    warning: `everybody who reaches ${host} may read and write every document; set --token or --authorize-url`,
  })
}
