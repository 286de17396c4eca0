import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type ProcessUse, processUse } from '../measure/process-use.ts'
import { sleep } from '../measure/waiting.ts'
import type { Place, System } from './system.ts'

const startMsMax = 20_000

/** `TIDEMARK_BENCH_NODE_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles"`: what the servers' time goes to. */
const profileFlags: readonly string[] = process.env['TIDEMARK_BENCH_NODE_FLAGS']?.split(' ') ?? []

const running = new Set<ChildProcess>()

// Whoever ends in the midst of a trial leaves no server behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A system's server as an operating system process under one address for all its lives. */
export class ServerProcess {
  readonly port: number
  readonly #system: System
  readonly #place: Omit<Place, 'port'>
  #child: ChildProcess | null = null
  #output = ''

  private constructor(system: System, port: number, place: Omit<Place, 'port'>) {
    this.port = port
    this.#system = system
    this.#place = place
  }

  /** Resolves when it takes connections. */
  static async start(system: System, place: Omit<Place, 'port'>): Promise<ServerProcess> {
    const server = new ServerProcess(system, await freePort(), place)
    await server.start()
    return server
  }

  /** At the end of a trial: nothing of it is needed any more. A profile is written only by a process that ends by itself. */
  async dispose(): Promise<void> {
    await (profileFlags.length > 0 ? this.stop() : this.kill())
  }

  async start(): Promise<void> {
    const { program, args, env } = this.#system.command({ ...this.#place, port: this.port })
    const child = spawn(program, [...profileFlags, ...args], {
      env: { ...process.env, ...env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    running.add(child)
    child.once('exit', () => running.delete(child))
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString()
      })
    }
    const endMs = performance.now() + startMsMax
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || performance.now() > endMs)
        throw new Error(`${this.#system.name} did not start:\n${this.#output}`)
      await sleep(10)
    }
  }

  get use(): ProcessUse {
    return processUse(this.#child?.pid ?? 0)
  }

  /** What it printed, in all its lives. */
  get output(): string {
    return this.#output
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM: it stores what it has, then exits by itself. */
  async stop(): Promise<void> {
    const killing = setTimeout(() => void this.kill(), startMsMax)
    await this.#end('SIGTERM')
    clearTimeout(killing)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
