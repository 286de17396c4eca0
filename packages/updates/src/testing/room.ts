import type { Random } from '@tidemark/base'
import * as Y from 'yjs'
import { type Author, createAuthor } from './author.ts'
import { below, chance, createRandom, pick } from './random.ts'

export interface RoomOptions {
  readonly authors?: number
  /** Whether each author's replica collects deleted content; by default every second one does. */
  readonly gc?: boolean
}

/**
 * Several authors and one log between them. An author pushes its own updates in order and reads the log in order, when
 * chance has it: so every entry of the log is causally closed over the entries before it, as in production.
 */
export interface Room {
  readonly authors: readonly Author[]
  /** Every update that was pushed, in log order. */
  readonly log: readonly Uint8Array[]
  /** One author edits, pushes or reads. */
  step(): void
  /** Everybody pushes and reads until nobody has anything left: then all replicas have applied the same log. */
  settle(): void
  close(): void
}

export function createRoom(seed: number, { authors = 3, gc }: RoomOptions = {}): Room {
  const random = createRandom(seed)
  const log: Uint8Array[] = []
  const members = Array.from({ length: authors }, (_, i) => new Member(random, log, gc ?? i % 2 === 0))
  return {
    authors: members.map((member) => member.author),
    log,
    step: () => pick(random, members).step(),
    settle: () => {
      while (members.some((member) => member.isBehind)) {
        for (const member of members) member.push()
        for (const member of members) member.read(log.length)
      }
    },
    close: () => {
      for (const member of members) member.author.close()
    },
  }
}

class Member {
  readonly author: Author
  readonly #random: Random
  readonly #log: Uint8Array[]
  readonly #outbox: Uint8Array[] = []
  #position = 0

  constructor(random: Random, log: Uint8Array[], gc: boolean) {
    const doc = new Y.Doc({ gc })
    doc.clientID = below(random, 2 ** 32)
    // Not only edits: Yjs also answers what it receives, for instance by removing marks that have become useless.
    doc.on('update', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.#outbox.push(update)
    })
    this.author = createAuthor(random, doc)
    this.#random = random
    this.#log = log
  }

  get isBehind(): boolean {
    return this.#outbox.length > 0 || this.#position < this.#log.length
  }

  step(): void {
    if (chance(this.#random, 0.6)) this.author.edit()
    else if (chance(this.#random, 0.5)) this.push()
    else this.read(this.#position + 1 + below(this.#random, this.#log.length - this.#position))
  }

  /** Sends what waits, sometimes as one update: what an author sends together is merged. */
  push(): void {
    if (this.#outbox.length === 0) return
    const merged = chance(this.#random, 0.3)
    this.#log.push(...(merged ? [Y.mergeUpdates(this.#outbox)] : this.#outbox))
    this.#outbox.length = 0
  }

  /** Applies the log's entries up to the given length of it, one by one or as one. Own entries are applied again. */
  read(length: number): void {
    const entries = this.#log.slice(this.#position, length)
    this.#position += entries.length
    const updates = chance(this.#random, 0.3) && entries.length > 0 ? [Y.mergeUpdates(entries)] : entries
    for (const update of updates) Y.applyUpdate(this.author.doc, update, 'log')
  }
}
