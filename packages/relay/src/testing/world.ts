import { ManualClock } from '@tidemark/base/testing'
import { createMemoryLog, type LogStore, type MemoryLog } from '@tidemark/log'
import type * as Y from 'yjs'
import type { CreateRelayOptions } from '../create-relay.ts'
import { createRelay } from '../create-relay.ts'
import type { RelayEvent } from '../events.ts'
import { createInlineReplayer } from '../inline-replayer.ts'
import type { Relay } from '../relay.ts'
import { FakeSocket } from './fake-socket.ts'
import { createFaultyLog, type FaultyLog } from './faulty-log.ts'
import { Replica, TestClient } from './replica.ts'
import { StockClient } from './stock-client.ts'

export type WorldOptions = Pick<CreateRelayOptions, 'limits' | 'authorize' | 'replayer' | 'random'>

/**
 * A relay over a log in memory, on a clock that stands still, and clients that are joined to it by fake sockets.
 *
 *     const world = createWorld()
 *     const alice = await world.join('notes')
 *     alice.replica.type('hello')
 *     await world.flush()
 */
export class World {
  readonly clock: ManualClock = new ManualClock()
  readonly events: RelayEvent[] = []
  readonly #options: WorldOptions
  readonly #randomBytes = counting(7)
  readonly #logBytes = counting(1)
  #memory: MemoryLog
  log: FaultyLog
  relay: Relay

  constructor(options: WorldOptions = {}) {
    this.#options = options
    this.#memory = createMemoryLog({ randomBytes: this.#logBytes })
    this.log = createFaultyLog(this.#memory)
    this.relay = this.#createRelay()
  }

  get store(): LogStore {
    return this.#memory.store
  }

  /** A backup of the log as it is now. */
  copyStore(): LogStore {
    return this.#memory.store.copy()
  }

  /** The relay's process ends without a word and another starts on the same log, or on `store`. */
  crash(store: LogStore = this.store): void {
    this.#memory = createMemoryLog({ store, randomBytes: this.#logBytes })
    this.log = createFaultyLog(this.#memory)
    this.relay = this.#createRelay()
  }

  /** A connection that has said nothing yet. */
  connect(replica: Replica = new Replica()): TestClient {
    const socket = new FakeSocket()
    const client = new TestClient(socket, replica)
    socket.attach(this.relay.accept(socket, { dialect: 'native' }, { address: 'test', headers: {} }))
    return client
  }

  /** A client with one document open and, after the flush, caught up. */
  async join(
    document: string,
    replica?: Replica,
    options: { token?: string; access?: 'read' | 'write' } = {},
  ): Promise<TestClient> {
    const client = this.connect(replica)
    client.hello(options.token ?? '')
    client.open(document, options.access ? { access: options.access } : {})
    await this.flush()
    return client
  }

  /** A stock y-websocket client, connected and having said its step 1. */
  stock(document: string, options: { token?: string; doc?: Y.Doc } = {}): StockClient {
    const socket = new FakeSocket()
    const client = new StockClient(socket, options.doc)
    const dialect = { dialect: 'y-websocket', document, token: options.token ?? '' } as const
    socket.attach(this.relay.accept(socket, dialect, { address: 'test', headers: {} }))
    client.step1()
    return client
  }

  async joinStock(document: string, options: { token?: string; doc?: Y.Doc } = {}): Promise<StockClient> {
    const client = this.stock(document, options)
    await this.flush()
    return client
  }

  /** Until nothing is left to do at this moment. */
  flush(): Promise<void> {
    return this.clock.flush()
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  eventsOf<T extends RelayEvent['type']>(type: T): Extract<RelayEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as Extract<RelayEvent, { type: T }>[]
  }

  #createRelay(): Relay {
    return createRelay({
      replayer: createInlineReplayer(),
      random: () => 0.5,
      ...this.#options,
      log: this.log,
      clock: this.clock,
      randomBytes: this.#randomBytes,
      onEvent: (event) => this.events.push(event),
    })
  }
}

export function createWorld(options?: WorldOptions): World {
  return new World(options)
}

function counting(seed: number): (length: number) => Uint8Array {
  let next = seed
  return (length) => Uint8Array.from({ length }, () => next++ & 255)
}
