import type { DocumentId } from '@tidemark/base'
import { TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { ReplicaChange, ReplicaStore, Written } from '@tidemark/client/engine'
import { Violation } from '../oracle/violation.ts'
import type { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import { type Stored, StoreImage } from './store-image.ts'

export interface StoreDiskConditions {
  readonly readMs: number
  readonly commitMs: number
  readonly tailChance: number
  readonly tailMs: number
}

/**
 * What may be wrong with a storage for a while. The pages are told what the adapter for IndexedDB tells them.
 * - `broken`: every call fails.
 * - `full`: most writes fail, reads work.
 * - `blocked`: every call fails, because a newer version of the app holds the database.
 * - `stuck`: another page does not make way for an upgrade. The first call fails, all others wait until it does.
 */
export type StoreTrouble = 'broken' | 'full' | 'blocked' | 'stuck'

/** Watches the storage. */
export interface StoreWitness {
  /** Called at the moment at which a change is on the device. `store` can be read for what it holds then. */
  written(document: DocumentId, change: ReplicaChange, written: Written, store: ReplicaStore): Promise<void>
  /** Called when the storage holds something older, or nothing: `documents` are those it may hold. */
  rewound(documents: readonly DocumentId[], store: ReplicaStore): Promise<void>
}

interface Waiting {
  readonly process: Process
  readonly run: (answer: 'told' | 'answer lost') => void
  /** The connection to the database broke. */
  readonly fail: () => void
}

/**
 * The storage of one device, shared by its tabs. `durable` is what is really there. A tab's transactions take effect
 * one after the other, each some time after it was asked for; those that wait when the tab dies are lost, but for the
 * first few: a browser may finish what it was given.
 */
export class StoreDisk {
  conditions: StoreDiskConditions
  readonly #world: World
  readonly #random: SeededRandom
  readonly #image: StoreImage
  readonly #witness: StoreWitness
  readonly #name: string
  #waiting: Waiting[] = []
  #busy = false
  #afterNextWrite: (() => void) | null = null
  /** Ends the closing of those for whom it hangs. */
  readonly #hanging: (() => void)[] = []
  #failures = 0
  #trouble: StoreTrouble | null = null
  /** All that is wrong, the latest last: that is what pages meet. */
  #troubles: { readonly trouble: StoreTrouble }[] = []
  /** Somebody has been told that it is stuck. */
  #isToldStuck = false

  constructor(
    world: World,
    random: SeededRandom,
    name: string,
    conditions: StoreDiskConditions,
    witness: StoreWitness,
  ) {
    this.#world = world
    this.#random = random
    this.#name = name
    this.conditions = conditions
    this.#image = new StoreImage(random.named('incarnations').next)
    this.#witness = witness
  }

  /** Transactions that failed, and how often it lost something. */
  get failures(): number {
    return this.#failures
  }

  /** Whether transactions wait. */
  get isBusy(): boolean {
    return this.#busy
  }

  get trouble(): StoreTrouble | null {
    return this.#trouble
  }

  /** Whatever was wrong, this is wrong now, until it is set again. */
  set trouble(trouble: StoreTrouble | null) {
    this.#troubles = trouble === null ? [] : [{ trouble }]
    this.#enter(trouble)
  }

  /** Another trouble comes over what is wrong already. Returns what ends just this one. */
  suffer(trouble: StoreTrouble): () => void {
    const own = { trouble }
    this.#troubles.push(own)
    this.#enter(trouble)
    return () => {
      this.#troubles = this.#troubles.filter((each) => each !== own)
      this.#enter(this.#troubles.at(-1)?.trouble ?? null)
    }
  }

  #enter(trouble: StoreTrouble | null): void {
    if (trouble === this.#trouble) return
    this.#world.record(this.#name, 'store', trouble ?? 'well')
    const wasStuck = this.#trouble === 'stuck'
    this.#trouble = trouble
    this.#isToldStuck = false
    if (trouble === null) for (const goOn of this.#hanging.splice(0)) goOn()
    if (wasStuck && this.#busy) this.#next(this.conditions.readMs)
  }

  /** How many changes it holds, and how many it held at a time: where it may be led back to. */
  get changes(): number {
    return this.#image.changes
  }

  /** All that it holds came from these, in this order. */
  get history(): readonly Stored[] {
    return this.#image.history
  }

  changesBefore(timeMs: number): number {
    return this.#image.changesBefore(timeMs)
  }

  /** The store as a tab sees it, for as long as that lives. */
  open(process: Process): ReplicaStore {
    let closed = false
    type Run<T> = (store: ReplicaStore) => Promise<T>
    const ask = <T>(what: string, usualMs: number, run: () => Promise<T>): Promise<T> =>
      closed ? fails('the store is closed') : this.#ask(process, what, usualMs, run)
    const read = <T>(what: string, run: Run<T>): Promise<T> =>
      ask(what, this.conditions.readMs, () => this.#attempt(0, () => run(this.#image.store)))
    return {
      persistent: true,
      load: (document) => read('store read', (store) => store.load(document)),
      loadOutbox: (document, known) => {
        const copy = new Map(known)
        return read('store looked at', (store) => store.loadOutbox(document, copy))
      },
      write: (document, change) => {
        const copy = copyOf(change)
        return ask('store written', this.conditions.commitMs, () =>
          this.#attempt(fullChance, () => this.#write(document, copy)),
        )
      },
      listAside: () => read('store aside', (store) => store.listAside()),
      readAside: (id) => read('store aside', (store) => store.readAside(id)),
      deleteAside: (id) => read('store aside', (store) => store.deleteAside(id)),
      close: () => {
        const last = closed
          ? Promise.resolve()
          : // Whatever is wrong with it: closing ends well, but perhaps not before that is over.
            this.#ask(process, 'store closed', 0, () => Promise.resolve())
              .catch(() => {})
              .then(() => this.#perhapsHang(process))
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

  /**
   * The browser closes the database: whatever waits fails. Of the first in the row nobody knows: it may have been
   * committed, and only the answer is lost.
   */
  loseConnection(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#world.record(this.#name, 'store connection lost', waiting.length)
    if (waiting.length > 0) sometimes('a database is closed under what waits for it')
    for (const [i, each] of waiting.entries()) {
      if (i === 0 && this.#random.chance(0.5)) each.run('answer lost')
      else each.fail()
    }
  }

  /** It is as it was after so many changes. No tab may live, unless nothing is left: then they notice. */
  async rewind(changes: number): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#failures++
    this.#world.record(this.#name, 'store rewound', changes - this.changes)
    const { documents } = this.#image
    await this.#image.rewind(changes)
    await this.#witness.rewound(documents, this.#image.store)
    for (const { fail } of waiting) fail()
  }

  async #write(document: DocumentId, change: ReplicaChange): Promise<Written> {
    const written = await this.#image.write(document, change, this.#world.nowMs)
    const interrupt = this.#afterNextWrite
    this.#afterNextWrite = null
    interrupt?.()
    await this.#witness.written(document, change, written, this.#image.store)
    return written
  }

  #perhapsHang(process: Process): Promise<void> {
    if (this.#trouble === null || !this.#random.chance(closeHangsChance)) return Promise.resolve()
    sometimes('closing a storage hangs')
    return new Promise((resolve) => this.#hanging.push(() => process.enter(resolve)))
  }

  #attempt<T>(chanceWhenFull: number, run: () => Promise<T>): Promise<T> {
    switch (this.#trouble) {
      case 'broken':
        return this.#fails('store/failed')
      case 'blocked':
        return this.#fails('store/blocked')
      case 'full':
        return this.#random.chance(chanceWhenFull) ? this.#fails('store/failed') : run()
      case 'stuck':
      case null:
        return run()
    }
  }

  #fails(code: 'store/failed' | 'store/blocked'): Promise<never> {
    this.#failures++
    return Promise.reject(new TidemarkError(code, 'the storage fails'))
  }

  #ask<T>(process: Process, what: string, usualMs: number, run: () => Promise<T>): Promise<T> {
    if (this.#trouble === 'stuck' && !this.#isToldStuck) {
      this.#isToldStuck = true
      return this.#fails('store/blocked')
    }
    return new Promise((resolve, reject) => {
      const tell = (how: string, settle: () => void): void =>
        process.enter(() => {
          this.#world.record(process.name, how)
          settle()
        })
      const refuse = (error: Error): void => {
        // What a witness finds is no answer of the storage: it ends the simulation.
        if (error instanceof Violation) this.#world.fail(error)
        else tell(`${what}: failed`, () => reject(error))
      }
      const fail = (): void => {
        this.#failures++
        refuse(new TidemarkError('store/failed', 'the connection to the database is lost'))
      }
      this.#waiting.push({
        process,
        run: (answer) => {
          run().then((value) => (answer === 'told' ? tell(what, () => resolve(value)) : fail()), refuse)
        },
        fail,
      })
      if (!this.#busy) this.#next(usualMs)
    })
  }

  #next(usualMs: number): void {
    this.#busy = true
    this.#world.after(this.#delayMs(usualMs), () => {
      // It goes on when it is no longer.
      if (this.#trouble === 'stuck') return
      this.#waiting.shift()?.run('told')
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

/** While something is wrong with it. */
const closeHangsChance = 0.3
/** Of writes that fail while the storage is full. */
const fullChance = 0.8

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
