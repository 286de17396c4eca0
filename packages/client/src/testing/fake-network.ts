import type { Clock } from '@tidemark/base'
import type { Connect, Transport, TransportListener } from '../ports.ts'

/** The relay's end of a connection. */
export interface RelayEnd {
  received(frame: Uint8Array): void
  closed(): void
}

export interface RelaySocket {
  send(frame: Uint8Array): void
  readonly bufferedBytes: number
  close(code: number, reason: string): void
  terminate(): void
}

export type Accept = (socket: RelaySocket) => RelayEnd

export interface FakeNetworkOptions {
  readonly clock: Clock
  /** Milliseconds that a frame takes; 0: until the turn ends. */
  readonly delayMs?: () => number
}

/**
 * Connections in memory. Frames are copied, arrive in order, and are lost when the connection breaks. One network per
 * client: cutting it cuts that client off.
 */
export class FakeNetwork {
  /** Frames from the client, as the relay received them, of all connections. */
  readonly frames: Uint8Array[] = []
  dials = 0
  /** Nobody listens: dialling fails. */
  isDown = false
  /** Frames vanish and nobody is told. */
  isBlackhole = false
  /** Dialling gets no answer. */
  isUnreachable = false
  readonly #clock: Clock
  readonly #delayMs: () => number
  accept: Accept
  #connection: FakeConnection | null = null

  constructor(accept: Accept, { clock, delayMs = () => 0 }: FakeNetworkOptions) {
    this.accept = accept
    this.#clock = clock
    this.#delayMs = delayMs
  }

  readonly connect: Connect = (_url, listener) => {
    this.dials++
    const connection = new FakeConnection(this, listener)
    this.#connection = connection
    this.later(() => connection.dial())
    return connection.transport
  }

  /** The connection breaks; the next one works, unless `isDown`. */
  cut(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.break()
  }

  /** The client's side is told; what the relay still sends to the old connection reaches the old listener. */
  get zombie(): TransportListener | null {
    return this.#connection?.listener ?? null
  }

  later(run: () => void): void {
    const delayMs = this.#delayMs()
    if (delayMs === 0) this.#clock.turn(run)
    else this.#clock.after(delayMs, run)
  }
}

class FakeConnection {
  readonly listener: TransportListener
  readonly #network: FakeNetwork
  #relay: RelayEnd | null = null
  #isBroken = false
  /** In order, however long each frame would take. */
  readonly #down: (() => void)[] = []
  readonly #up: (() => void)[] = []

  constructor(network: FakeNetwork, listener: TransportListener) {
    this.#network = network
    this.listener = listener
  }

  get transport(): Transport {
    return {
      send: (frame) => {
        const copy = frame.slice()
        this.#deliver(this.#up, () => {
          this.#network.frames.push(copy)
          this.#relay?.received(copy.slice())
        })
      },
      close: () => this.#deliver(this.#up, () => this.#end()),
    }
  }

  dial(): void {
    if (this.#isBroken || this.#network.isUnreachable) return
    if (this.#network.isDown) {
      this.#isBroken = true
      return this.listener.closed(1006, 'refused')
    }
    this.#relay = this.#network.accept({
      send: (frame) => {
        const copy = frame.slice()
        this.#deliver(this.#down, () => this.listener.received(copy))
      },
      bufferedBytes: 0,
      close: (code, reason) => {
        this.#deliver(this.#down, () => {
          if (this.#end()) this.listener.closed(code, reason)
        })
      },
      terminate: () => this.break(),
    })
    this.listener.opened()
  }

  break(): void {
    if (!this.#end()) return
    this.#network.later(() => this.listener.closed(1006, 'cut'))
  }

  #end(): boolean {
    if (this.#isBroken) return false
    this.#isBroken = true
    const relay = this.#relay
    this.#relay = null
    relay?.closed()
    return true
  }

  #deliver(queue: (() => void)[], run: () => void): void {
    if (this.#isBroken || this.#network.isBlackhole) return
    queue.push(run)
    this.#network.later(() => {
      const next = queue.shift()
      if (!this.#isBroken) next?.()
    })
  }
}
