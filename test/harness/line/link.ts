import { connect, type Socket } from 'node:net'
import type { LineConditions } from './conditions.ts'
import { Pipe } from './pipe.ts'

export interface LinkDeps {
  readonly client: Socket
  readonly relayPort: number
  conditions(): LineConditions
  /** The relay's bytes have just been handed to the client. */
  answered(): void
  closed(): void
}

/** One connection through a line: a socket to the client, one to the relay, and what is on its way between them. */
export class Link {
  readonly #client: Socket
  readonly #relay: Socket
  readonly #pipes: readonly Pipe[]
  readonly #closed: () => void
  #carriedBytes = 0

  constructor({ client, relayPort, conditions, answered, closed }: LinkDeps) {
    const relay = connect({ port: relayPort, host: '127.0.0.1', noDelay: true })
    this.#client = client.setNoDelay(true)
    this.#relay = relay
    this.#closed = closed
    const allowance = (): number => conditions().cutAfterBytes - this.#carriedBytes
    const carried = (bytes: number): void => {
      this.#carriedBytes += bytes
      if (allowance() <= 0) this.#end()
    }
    const down = (bytes: number): void => {
      carried(bytes)
      answered()
    }
    this.#pipes = [
      new Pipe({ from: client, to: relay, direction: 'up', conditions, allowance, carried }),
      new Pipe({ from: relay, to: client, direction: 'down', conditions, allowance, carried: down }),
    ]
    client.once('close', () => this.#noticeEnd())
    relay.once('close', () => this.#noticeEnd())
  }

  get heldBytes(): number {
    return this.#pipes.reduce((bytes, pipe) => bytes + pipe.heldBytes, 0)
  }

  get isHalfOpen(): boolean {
    return this.#relay.destroyed !== this.#client.destroyed
  }

  pump(): void {
    for (const pipe of this.#pipes) pipe.pump()
  }

  /** Both ends are told at once. What is on its way is lost. */
  cut(): void {
    this.#stop()
    this.#client.resetAndDestroy()
    this.#relay.resetAndDestroy()
  }

  /** As `cut`, but what was handed on arrives: a part of a frame, and then the end. */
  #end(): void {
    this.#stop()
    this.#client.destroySoon()
    this.#relay.destroySoon()
  }

  /** The relay forgets the connection, and the client is not told: what it sends goes nowhere. */
  halfOpen(): void {
    this.#stop()
    this.#relay.removeAllListeners('close')
    this.#relay.resetAndDestroy()
    this.#client.removeAllListeners('data').resume()
  }

  #stop(): void {
    for (const pipe of this.#pipes) pipe.stop()
  }

  #noticeEnd(): void {
    if (this.#client.destroyed) this.#closed()
  }
}
