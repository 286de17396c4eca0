import type { DocumentId } from '@tidemark/base'
import { TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { ReplicaChange, ReplicaStore, Written } from '@tidemark/client/engine'
import { Violation } from '../oracle/violation.ts'
import type { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'

export interface StoreDiskConditions {
  readonly readMs: number
  readonly commitMs: number
  readonly tailChance: number
  readonly tailMs: number
}

/** Watches the storage. */
export interface StoreWitness {
  /** Called at the moment at which a change is on the device. `store` can be read for what it holds then. */
  written(document: DocumentId, change: ReplicaChange, written: Written, store: ReplicaStore): Promise<void>
}

interface Waiting {
  readonly process: Process
  readonly run: () => void
}

/**
 * The storage of one device, shared by its tabs. `durable` is what is really there. A tab's transactions take effect
 * one after the other, each some time after it was asked for; those that wait when the tab dies are lost, but for the
 * first few: a browser may finish what it was given.
 */
export class StoreDisk {
  conditions: StoreDiskConditions
  /** While set, every transaction fails. */
  failing = false
  readonly #world: World
  readonly #random: SeededRandom
  readonly #durable: ReplicaStore
  readonly #witness: StoreWitness
  readonly #name: string
  #waiting: Waiting[] = []
  #busy = false
  #afterNextWrite: (() => void) | null = null
  #failures = 0

  constructor(
    world: World,
    random: SeededRandom,
    name: string,
    conditions: StoreDiskConditions,
    durable: ReplicaStore,
    witness: StoreWitness,
  ) {
    this.#world = world
    this.#random = random
    this.#name = name
    this.conditions = conditions
    this.#durable = durable
    this.#witness = witness
  }

  /** Transactions that failed. */
  get failures(): number {
    return this.#failures
  }

  /** What is really there. */
  get durable(): ReplicaStore {
    return this.#durable
  }

  /** The store as a tab sees it, for as long as that lives. */
  open(process: Process): ReplicaStore {
    const durable = this.#durable
    let closed = false
    const ask = <T>(what: string, usualMs: number, run: () => Promise<T>): Promise<T> =>
      closed ? fails('the store is closed') : this.#ask(process, what, usualMs, () => this.#attempt(run))
    const { readMs, commitMs } = this.conditions
    return {
      persistent: true,
      load: (document) => ask('store read', readMs, () => durable.load(document)),
      loadOutbox: (document, known) => {
        const copy = new Map(known)
        return ask('store looked at', readMs, () => durable.loadOutbox(document, copy))
      },
      write: (document, change) => {
        const copy = copyOf(change)
        return ask('store written', commitMs, () => this.#write(document, copy))
      },
      listAside: () => ask('store aside', readMs, () => durable.listAside()),
      readAside: (id) => ask('store aside', readMs, () => durable.readAside(id)),
      deleteAside: (id) => ask('store aside', commitMs, () => durable.deleteAside(id)),
      close: () => {
        const last = closed
          ? Promise.resolve()
          : this.#ask(process, 'store closed', 0, () => Promise.resolve())
        closed = true
        return last
      },
    }
  }

  /** Calls `run` once, when something has just been written and nobody has been told. */
  afterNextWrite(run: () => void): void {
    this.#afterNextWrite = run
  }

  /** A tab that had it open died. */
  crash(process: Process): void {
    const own = this.#waiting.filter((each) => each.process === process)
    const happened = new Set(own.slice(0, this.#random.below(own.length + 1)))
    this.#waiting = this.#waiting.filter((each) => each.process !== process || happened.has(each))
    if (happened.size < own.length) sometimes('a tab dies before all that it stored is there')
    if (happened.size > 0) sometimes('a tab dies, and the browser stores what it was given')
    if (own.length > 0) this.#world.record(this.#name, 'store torn', `${happened.size} of ${own.length}`)
  }

  async #write(document: DocumentId, change: ReplicaChange): Promise<Written> {
    const written = await this.#durable.write(document, change)
    const interrupt = this.#afterNextWrite
    this.#afterNextWrite = null
    interrupt?.()
    await this.#witness.written(document, change, written, this.#durable)
    return written
  }

  #attempt<T>(run: () => Promise<T>): Promise<T> {
    if (!this.failing) return run()
    this.#failures++
    return fails('the storage fails')
  }

  #ask<T>(process: Process, what: string, usualMs: number, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const tell = (how: string, settle: () => void): void =>
        process.enter(() => {
          this.#world.record(process.name, how)
          settle()
        })
      this.#waiting.push({
        process,
        run: () => {
          run().then(
            (value) => tell(what, () => resolve(value)),
            (error: Error) => {
              // What a witness finds is no answer of the storage: it ends the simulation.
              if (error instanceof Violation) this.#world.fail(error)
              else tell(`${what}: failed`, () => reject(error))
            },
          )
        },
      })
      if (!this.#busy) this.#next(usualMs)
    })
  }

  #next(usualMs: number): void {
    this.#busy = true
    this.#world.after(this.#delayMs(usualMs), () => {
      this.#waiting.shift()?.run()
      this.#busy = false
      if (this.#waiting.length > 0) this.#next(this.conditions.commitMs)
    })
  }

  #delayMs(usualMs: number): number {
    const { tailChance, tailMs } = this.conditions
    const tail = this.#random.chance(tailChance) ? this.#random.interval(tailMs) : 0
    return usualMs * this.#random.between(0.5, 1.5) + tail
  }
}

/** What is written is what stood in the buffers when `write` was called, as IndexedDB clones it. */
function copyOf(change: ReplicaChange): ReplicaChange {
  return cloned(change) as ReplicaChange
}

/** `structuredClone` for what changes are made of, at a tenth of its cost. */
function cloned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return value.slice()
  if (Array.isArray(value)) return value.map(cloned)
  const copy: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) copy[name] = cloned(each)
  return copy
}

function fails(message: string): Promise<never> {
  return Promise.reject(new TidemarkError('store/failed', message))
}
