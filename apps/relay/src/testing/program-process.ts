import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string }

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** 512-byte blocks that a file of the process may have: more is an error of the disk. */
  readonly fileBlocksMax?: number
}

/** The built program as a process of its own. */
export class ProgramProcess {
  readonly child: ChildProcess
  /** All that it wrote to stdout as log lines. */
  readonly lines: LogLine[] = []
  stdout = ''
  stderr = ''
  readonly exit: Promise<number | null>
  readonly #waiting = new Set<() => void>()

  constructor({ args = [], environment = {}, fileBlocksMax }: ProgramOptions) {
    const command = [process.execPath, main, ...args]
    const limited = ['sh', '-c', `ulimit -f ${fileBlocksMax} && exec "$@"`, 'sh', ...command]
    const [file = '', ...rest] = fileBlocksMax === undefined ? command : limited
    this.child = spawn(file, rest, { env: { PATH: process.env['PATH'], ...environment } })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#readLines(text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exit = once(this.child, 'close').then(([code]) => code as number | null)
  }

  /** The next log line of this event, of those already there or to come. Rejects when the process ends without. */
  async event(name: string, after = 0): Promise<LogLine> {
    const isThere = () => this.lines.slice(after).find(({ event }) => event === name)
    for (;;) {
      const line = isThere()
      if (line !== undefined) return line
      const more = new Promise<boolean>((resolve) => this.#waiting.add(() => resolve(true)))
      const ended = this.exit.then(() => false)
      if (!(await Promise.race([more, ended])) && isThere() === undefined) {
        throw new Error(`it ended without ${name}:\n${this.stdout}\n${this.stderr}`)
      }
    }
  }

  /** Where it listens, as a browser on this machine would say it. */
  async address(): Promise<string> {
    return String((await this.event('listening'))['address']).replace('localhost', '127.0.0.1')
  }

  #readLines(text: string): void {
    const before = this.stdout.lastIndexOf('\n') + 1
    this.stdout += text
    const whole = this.stdout.slice(before, this.stdout.lastIndexOf('\n') + 1)
    for (const line of whole.split('\n'))
      if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const tell of waiting) tell()
  }
}
