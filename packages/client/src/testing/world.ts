import { inflateRawSync } from 'node:zlib'
import type { TidemarkError } from '@tidemark/base'
import { ManualClock } from '@tidemark/base/testing'
import { createMemoryLog, type LogStore } from '@tidemark/log'
import { type CreateRelayOptions, createInlineReplayer, createRelay, type Relay } from '@tidemark/relay'
import { digest } from '@tidemark/updates'
import { Doc } from 'yjs'
import type { Client, DocumentHandle, Token } from '../api.ts'
import { createEngine } from '../client.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createFakeEnvironment, type FakeEnvironment } from './fake-environment.ts'
import { type Accept, FakeNetwork } from './fake-network.ts'
import { type FakeSiblings, siblingsOf } from './fake-siblings.ts'
import { createFaultyStore, type FaultyStore } from './faulty-store.ts'
import { seeded, seededBytes } from './seeded.ts'

export interface WorldOptions extends Pick<CreateRelayOptions, 'limits' | 'authorize'> {
  readonly seed?: number
  readonly delayMs?: () => number
  /** Who answers instead of the relay. */
  readonly accept?: Accept
}

/**
 * The real client and the real relay in one process, on a clock that stands still and a network of memory.
 *
 *     const world = createWorld()
 *     const alice = world.device()
 *     alice.type('hello')
 *     await world.flush()
 */
export class World {
  readonly clock: ManualClock = new ManualClock()
  readonly random
  readonly devices: Device[] = []
  readonly #options: WorldOptions
  #store: LogStore
  relay: Relay

  constructor(options: WorldOptions = {}) {
    this.#options = options
    this.random = seeded(options.seed ?? 1)
    this.#store = createMemoryLog({ randomBytes: seededBytes(this.random) }).store
    this.relay = this.#createRelay()
  }

  get logStore(): LogStore {
    return this.#store
  }

  /** kill -9, and another relay on the same log, or on another: a backup. */
  async restart(store: LogStore = this.#store): Promise<void> {
    this.stop()
    this.start(store)
    await this.flush()
  }

  stop(): void {
    for (const { network } of this.devices) {
      network.isDown = true
      network.cut()
    }
  }

  start(store: LogStore = this.#store): void {
    this.#store = store
    this.relay = this.#createRelay()
    for (const { network } of this.devices) network.isDown = false
  }

  /** A device with one page open; by default on a store of its own. */
  device(
    options: { store?: FaultyStore; document?: string; token?: Token; createDoc?: () => Doc } = {},
  ): Device {
    const device = new Device(this, options)
    this.devices.push(device)
    return device
  }

  readonly #accept: Accept = (socket) =>
    this.relay.accept(socket, { dialect: 'native' }, { address: 'test', headers: {} })

  network(): FakeNetwork {
    const { delayMs, accept = this.#accept } = this.#options
    return new FakeNetwork(accept, delayMs ? { clock: this.clock, delayMs } : { clock: this.clock })
  }

  flush(): Promise<void> {
    return this.clock.flush()
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /** Long enough for every reconnect and every write. */
  settle(): Promise<void> {
    return this.advance(90_000)
  }

  #createRelay(): Relay {
    const { limits = {}, authorize } = this.#options
    return createRelay({
      log: createMemoryLog({ store: this.#store }),
      replayer: createInlineReplayer(),
      clock: this.clock,
      random: this.random,
      randomBytes: seededBytes(this.random),
      limits,
      ...(authorize ? { authorize } : {}),
    })
  }
}

export function createWorld(options?: WorldOptions): World {
  return new World(options)
}

/** One browser with one tab at a time: a client and the document it shows. */
export class Device {
  readonly world: World
  readonly store: FaultyStore
  readonly network: FakeNetwork
  readonly errors: TidemarkError[] = []
  environment: FakeEnvironment = createFakeEnvironment()
  client: Client
  document: DocumentHandle
  readonly #documentId: string
  readonly #token: Token
  readonly #createDoc: () => Doc
  #page: ReturnType<FaultyStore['page']>
  #siblings: ReturnType<FakeSiblings['page']>

  constructor(
    world: World,
    options: { store?: FaultyStore; document?: string; token?: Token; createDoc?: () => Doc },
  ) {
    this.world = world
    this.store = options.store ?? createFaultyStore(createMemoryStore())
    this.network = world.network()
    this.#documentId = options.document ?? 'notes'
    this.#token = options.token ?? ''
    this.#createDoc = options.createDoc ?? (() => new Doc())
    this.#page = this.store.page()
    this.#siblings = siblingsOf(this.store).page()
    this.client = this.#createClient()
    this.document = this.client.open(this.#documentId)
  }

  get text(): string {
    return this.document.doc.getText('t').toString()
  }

  get codes(): string[] {
    return this.errors.map(({ code }) => code)
  }

  type(text: string, index: number = this.document.doc.getText('t').length): void {
    this.document.doc.getText('t').insert(index, text)
  }

  delete(index: number, length: number): void {
    this.document.doc.getText('t').delete(index, length)
  }

  /** The page ends without a word: killed, or frozen for good. */
  kill(): void {
    this.network.cut()
    this.client.disconnect()
    this.#page.kill()
    this.#siblings.kill()
  }

  /** The page is killed without a word, and opened again. What was in memory is gone. */
  reload(): void {
    this.kill()
    this.environment = createFakeEnvironment()
    this.#page = this.store.page()
    this.#siblings = siblingsOf(this.store).page()
    this.client = this.#createClient()
    this.document = this.client.open(this.#documentId)
  }

  #createClient(): Client {
    const { clock, random } = this.world
    return createEngine(
      {
        clock,
        random,
        randomBytes: seededBytes(random),
        connect: this.network.connect,
        store: this.#page.store,
        environment: this.environment,
        siblings: this.#siblings.join,
        inflate: (bytes) => inflateRawSync(bytes),
        loadDigest: () => Promise.resolve(digest),
        createDoc: this.#createDoc,
      },
      { url: 'ws://relay', token: this.#token, onError: (error) => this.errors.push(error) },
    )
  }
}
