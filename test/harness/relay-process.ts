import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

export interface RelayProcessOptions {
  /** Where documents are stored. */
  readonly folder: string
  /** Another one than the built relay, for a test of what looks at relays. */
  readonly program?: string
  /** Further flags of the program. */
  readonly flags?: readonly string[]
  /** Put before the command: `['prlimit', '--fsize=…']`. */
  readonly prefix?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Is given every line that it prints. Without one they are kept in `output`. */
  readonly onLine?: (line: string) => void
}

const builtRelay = fileURLToPath(new URL('../../apps/relay/dist/main.js', import.meta.url))

/**
 * The built relay program as an operating system process, under one address for all its lives: started, killed,
 * started again on the same folder.
 */
export class RelayProcess {
  readonly port: number
  /** For its next life. */
  options: RelayProcessOptions
  #child: ChildProcess | null = null
  #output = ''

  constructor(port: number, options: RelayProcessOptions) {
    this.port = port
    this.options = options
  }

  /** Starts one on a free port, and resolves when it is ready. */
  static async start(options: RelayProcessOptions): Promise<RelayProcess> {
    const relay = new RelayProcess(await freePort(), options)
    await relay.start()
    return relay
  }

  /** For the SDK. */
  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  /** For stock y-websocket clients. */
  get stockUrl(): string {
    return `${this.url}/y`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** All that it printed, in all its lives, unless somebody reads it line by line. */
  get output(): string {
    return this.#output
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null
  }

  /** It was started, and has not ended since. */
  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async start(): Promise<void> {
    const { folder, program = builtRelay, flags = [], prefix = [], env = {}, onLine } = this.options
    const args = [process.execPath, program, '--port', String(this.port), '--data', folder, ...flags]
    const [command = '', ...rest] = [...prefix, ...args]
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    // In a group of its own: Ctrl-C in a terminal is for whoever started it, who then says how it ends.
    const detached = process.platform !== 'win32'
    const child = spawn(command, rest, { detached, stdio: [...stdio], env: { ...process.env, ...env } })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      if (onLine) createInterface({ input: stream }).on('line', onLine)
      else stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    }
    await until('the relay is ready', () => this.#isReady(child))
  }

  /** kill -9: resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM: it drains, and exits by itself. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Sends it a signal, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Resolves when it has ended, by whatever. */
  async ended(): Promise<void> {
    if (this.isAlive) await once(this.#child as ChildProcess, 'exit')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isAlive) return
    const exit = this.ended()
    this.signal(signal)
    await exit
  }

  async #isReady(child: ChildProcess): Promise<boolean> {
    if (!this.isAlive) throw new Error(`the relay ended with ${child.exitCode}:\n${this.#output}`)
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/readyz`)
      return response.ok
    } catch {
      return false
    }
  }
}
