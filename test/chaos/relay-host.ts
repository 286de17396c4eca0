import { RelayProcess } from '../harness/relay-process.ts'
import { until } from '../harness/until.ts'
import { type RelayLine, RelayLines } from './relay-lines.ts'

export interface RelayHostOptions {
  /** Where it keeps its data, as it names it itself. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Another one than the built relay. */
  readonly program?: string
  /** Is given all that it prints. */
  readonly keep: (line: string) => void
  readonly onLine: (line: RelayLine) => void
  /** It ended, and nobody had asked it to. */
  readonly onSurprise: (message: string) => void
}

/** A machine that runs the built relay, one process after the other, under one address. */
export class RelayHost {
  readonly #process: RelayProcess
  readonly #options: RelayHostOptions
  readonly lines: RelayLines = new RelayLines()
  /** An end of the running process is asked for, or looked for. */
  #isEnding = false
  #lives = 0

  constructor(port: number, options: RelayHostOptions) {
    this.#options = options
    this.#process = new RelayProcess(port, {
      folder: options.folder,
      env: options.env,
      ...(options.program === undefined ? {} : { program: options.program }),
      flags: ['--log-level', 'debug', '--log-format', 'json'],
      onLine: (line) => this.#read(line),
    })
  }

  get port(): number {
    return this.#process.port
  }

  get isAlive(): boolean {
    return this.#process.isAlive
  }

  get pid(): number {
    return this.#process.pid
  }

  /** Null when it was killed, or lives. */
  get exitCode(): number | null {
    return this.#process.exitCode
  }

  /** Counts its processes. */
  get lives(): number {
    return this.#lives
  }

  /** Does nothing when it runs. `place`: where its data are now, until they are moved again. */
  async start(place?: { readonly folder: string; readonly prefix: readonly string[] }): Promise<void> {
    if (this.isAlive) return
    this.#process.options = { ...this.#process.options, ...place }
    this.#isEnding = false
    this.#lives++
    await this.#process.start()
    void this.#process.ended().then(() => this.#ended())
  }

  /** Kills it somewhere on its way up. */
  async startAndKill(afterMs: number): Promise<void> {
    if (this.isAlive) return
    this.#isEnding = true
    this.#lives++
    const started = this.#process.start().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    await this.#process.kill()
    await started
  }

  async kill(): Promise<void> {
    this.#isEnding = true
    await this.#process.kill()
  }

  /** Resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#isEnding = true
    await this.#process.stop()
    return this.exitCode
  }

  freeze(): void {
    this.#process.signal('SIGSTOP')
  }

  thaw(): void {
    this.#process.signal('SIGCONT')
  }

  /** At once, for a runner that dies itself. */
  killNow(): void {
    this.#isEnding = true
    if (this.isAlive) this.#process.signal('SIGKILL')
  }

  /** It may end by itself from now on: somebody looks at how. */
  expectEnd(): void {
    this.#isEnding = true
  }

  /** Its last line may still be on its way when it has ended. */
  async tells(event: string, since: number, document?: string): Promise<boolean> {
    return until(`the relay tells of ${event}`, () => this.lines.told(event, since, document), 2_000).then(
      () => true,
      () => false,
    )
  }

  #read(text: string): void {
    this.#options.keep(text)
    this.#options.onLine(this.lines.add(text))
  }

  #ended(): void {
    if (this.#isEnding) return
    const last = this.lines.last(3).join(', ')
    this.#options.onSurprise(`the relay exited with ${this.exitCode} by itself, after ${last}`)
  }
}
