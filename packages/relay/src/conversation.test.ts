import { TidemarkError } from '@tidemark/base'
import type { LogStore } from '@tidemark/log'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Replica, type TestClient } from './testing/replica.ts'
import type { StockClient } from './testing/stock-client.ts'
import { createWorld, type World } from './testing/world.ts'

/* Seeded conversations: people who type, leave, stall and come back, over a relay that crashes and a log that fails. */

const seeds = Array.from({ length: 120 }, (_, i) => i + 1)

test.each(seeds)(
  '[R1] [R3] [ACK1] [FAN1] whatever happens, all replicas and the log end equal (seed %i)',
  async (seed) => {
    const story = new Story(seed)
    for (let step = 0; step < 120; step++) await story.step()
    const { replicas, stockText, halted, unsent, lost } = await story.end()
    expect({ halted, unsent, lost }).toEqual({ halted: 0, unsent: [0, 0, 0], lost: [] })
    for (const replica of replicas) expect(replica.digest()).toEqual(replicas[0]?.digest())
    expect(stockText).toBe(replicas[0]?.text)
  },
)

class Story {
  readonly #random: () => number
  readonly #world: World
  readonly #replicas: Replica[] = []
  #clients: TestClient[] = []
  #stock: StockClient[] = []
  /** Every word that was acknowledged; [ACK1] says that it stays. */
  readonly #acked = new Set<string>()
  readonly #words = new Map<Replica, Map<number, string>>()
  /** The log as it once was; it is put back now and then, and the replicas must make up for what it lacks. */
  #backup: LogStore | null = null
  #word = 0

  constructor(seed: number) {
    this.#random = mulberry32(seed)
    const pick = <T>(choices: readonly T[]): T => this.#pick(choices)
    this.#world = createWorld({
      limits: {
        compactEntriesMax: pick([2, 7, 1_000]),
        tailBytesMax: pick([1, 2_000, 256_000]),
        bufferedBytesMax: pick([600, 256_000]),
        readBytes: pick([100, 64_000]),
        evictAfterMs: pick([1, 60_000]),
        updateBytesMax: 100_000,
      },
    })
    for (let i = 0; i < 3; i++) this.#addReplica()
  }

  #addReplica(): void {
    const replica = new Replica()
    // Yjs draws ids at random; a story must be the same each time it is told.
    replica.doc.clientID = 1_000 + this.#replicas.length
    this.#replicas.push(replica)
    this.#words.set(replica, new Map())
    this.#clients.push(this.#connect(replica))
  }

  #connect(replica: Replica): TestClient {
    replica.renumber()
    const client = this.#world.connect(replica)
    client.hello()
    client.open('notes')
    return client
  }

  async step(): Promise<void> {
    const actions: (() => void)[] = [
      () => this.#type(),
      () => this.#type(),
      () => this.#type(),
      () => this.#typeStock(),
      () => this.#delete(),
      () => this.#pickClient().offline(),
      () => this.#reconnect(),
      () => this.#pickClient().socket.stall(),
      () => this.#pickClient().socket.release(),
      () => this.#world.log.hold(),
      () => this.#world.log.release(),
      () => this.#world.log.failAppends(new TidemarkError('log/full', 'no space left')),
      () =>
        this.#world.log.failNext(
          this.#pick(['writeSnapshot', 'trim']),
          new TidemarkError('log/full', 'no space'),
        ),
      () => this.#joinStock(),
      () => {
        // One without the document would mean another lineage.
        if (this.#world.store.load('notes')) this.#backup = this.#world.copyStore()
      },
      () => this.#pickClient().presence(1 + Math.floor(this.#random() * 3), { n: this.#word }),
    ]
    if (this.#random() < 0.03) await this.#crash()
    else this.#pick(actions)()
    if (this.#random() < 0.7) await this.#world.flush()
    if (this.#random() < 0.1) await this.#world.advance(10)
    this.#noteAcks()
  }

  /** Everybody comes back, and nothing fails any more. */
  async end() {
    this.#world.log.release()
    await this.#crash()
    for (const client of this.#clients) client.offline()
    this.#clients = this.#replicas.map((replica) => this.#connect(replica))
    await this.#world.flush()
    this.#noteAcks()
    this.#joinStock()
    await this.#world.flush()
    return {
      replicas: this.#replicas,
      stockText: this.#stock.at(-1)?.text,
      halted: this.#world.eventsOf('document-halted').length,
      unsent: this.#replicas.map((replica) => replica.outbox.size + replica.refused.size),
      // [ACK1]: what was acknowledged once is there.
      lost: [...this.#acked].filter((word) => !this.#everTyped().has(word)),
    }
  }

  /** Deletions leave no trace of a word in the text, so each is noted beside it. */
  #everTyped(): Set<string> {
    return new Set((this.#replicas[0] as Replica).doc.getMap('words').keys())
  }

  #type(): void {
    const client = this.#pickClient()
    const { replica } = client
    const word = `w${++this.#word}`
    replica.doc.transact(() => {
      replica.type(`${word} `, Math.floor(this.#random() * (replica.text.length + 1)))
      replica.doc.getMap('words').set(word, 1)
    })
    const batch = [...replica.outbox.keys()].at(-1) as number
    this.#words.get(replica)?.set(batch, word)
  }

  #typeStock(): void {
    const client = this.#stock.at(-1)
    if (client?.socket.input) client.type('s ')
  }

  #delete(): void {
    const { replica } = this.#pickClient()
    if (replica.text.length > 4) replica.delete(Math.floor(this.#random() * (replica.text.length - 3)), 3)
  }

  #reconnect(): void {
    const i = Math.floor(this.#random() * this.#clients.length)
    const client = this.#clients[i] as TestClient
    this.#noteAcks()
    client.offline()
    this.#words.get(client.replica)?.clear()
    this.#clients[i] = this.#connect(client.replica)
  }

  #joinStock(): void {
    const doc = new Y.Doc()
    doc.clientID = 10_000 + this.#stock.length
    this.#stock.push(this.#world.stock('notes', { doc }))
  }

  async #crash(): Promise<void> {
    this.#noteAcks()
    for (const client of this.#clients) client.offline()
    for (const client of this.#stock) client.socket.hangUp()
    const backup = this.#random() < 0.3 ? this.#backup : null
    this.#world.crash(backup?.copy())
    await this.#world.flush()
  }

  /** An ack is for all batches up to its own; those of the outbox that are gone were acknowledged. */
  #noteAcks(): void {
    for (const [replica, words] of this.#words) {
      for (const [batch, word] of words) {
        if (replica.outbox.has(batch) || replica.refused.has(batch)) continue
        this.#acked.add(word)
        words.delete(batch)
      }
    }
  }

  #pickClient(): TestClient {
    return this.#pick(this.#clients)
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T
  }
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
