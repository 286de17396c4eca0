import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { healthy, type LineConditions } from './conditions.ts'
import { Link } from './link.ts'

/** Connections of one line. Above: refused. */
export const linksMax = 64

/** What lies between a device and the relay: a TCP proxy on loopback that can be made bad while it carries. */
export class Line {
  readonly #server: Server
  readonly #relayPort: number
  readonly #links = new Set<Link>()
  #conditions: LineConditions = healthy
  #whenAnswered: (() => void) | null = null

  private constructor(relayPort: number) {
    this.#relayPort = relayPort
    this.#server = createServer((client) => this.#accept(client))
  }

  /** A line to a relay on this machine, which need not run yet. */
  static async open(relayPort: number): Promise<Line> {
    const line = new Line(relayPort)
    await once(line.#server.listen(0, '127.0.0.1'), 'listening')
    return line
  }

  /** For the SDK. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get links(): number {
    return this.#links.size
  }

  /** Bytes that are on their way. */
  get heldBytes(): number {
    return [...this.#links].reduce((bytes, link) => bytes + link.heldBytes, 0)
  }

  set conditions(conditions: LineConditions) {
    this.#conditions = conditions
    for (const link of this.#links) link.pump()
  }

  /** Cuts all connections. */
  cut(): void {
    for (const link of [...this.#links]) link.cut()
  }

  /** The relay forgets all connections, and nobody at this end is told before the line is healed. */
  halfOpen(): void {
    for (const link of this.#links) link.halfOpen()
  }

  /** Carries well again. What a blackhole held arrives now; who was left half-open is told, as by the next packet. */
  heal(): void {
    this.conditions = healthy
    for (const link of [...this.#links]) if (link.isHalfOpen) link.cut()
  }

  /** Calls `run` once, in the instant in which something that the relay sent has been handed to the client. */
  afterNextAnswer(run: (() => void) | null): void {
    this.#whenAnswered = run
  }

  async close(): Promise<void> {
    this.#whenAnswered = null
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.#links.size >= linksMax) return void client.resetAndDestroy()
    const link = new Link({
      client,
      relayPort: this.#relayPort,
      conditions: () => this.#conditions,
      answered: () => this.#answered(),
      closed: () => void this.#links.delete(link),
    })
    this.#links.add(link)
  }

  #answered(): void {
    const run = this.#whenAnswered
    this.#whenAnswered = null
    run?.()
  }
}
