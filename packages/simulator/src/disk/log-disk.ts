import { type DocumentId, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Append, LogState, LogStore, Receipt, UpdateLog } from '@tidemark/log'
import { Violation } from '../oracle/violation.ts'
import type { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'

export interface LogDiskConditions {
  readonly readMs: number
  readonly commitMs: number
  /** How often a read or a commit takes far longer, and how long then on average. */
  readonly tailChance: number
  readonly tailMs: number
}

/** What watches the disk: called at the moment at which something becomes durable, whoever may hear of it. */
export interface LogWitness {
  created(document: DocumentId, state: LogState): void
  appended(document: DocumentId, append: Append, receipt: Receipt): void
  /** An older copy was put back. */
  restored(): void
}

const fullRetryMs = 500

/**
 * The relay's disk with a log on it. A process opens it and gets an `UpdateLog` whose writes wait for a commit, as they
 * do on a real disk:
 *
 *     append ─▶ queued ─▶ [ commit: all that was queued when it began ] ─▶ durable ─▶ resolved, if the process lives
 *                                            ▲
 *        crash here: what was queued is lost; of the commit some first part may be there, and nobody was told
 */
export class LogDisk {
  conditions: LogDiskConditions
  /** While set, appends and snapshots are refused as on a full disk. */
  full = false
  readonly #world: World
  readonly #random: SeededRandom
  readonly #witness: LogWitness
  #durable: LogStore
  readonly #blank: LogStore
  #queued: (() => void)[] = []
  #committing: readonly (() => void)[] = []
  #owner: Process | null = null
  #duringNextCommit: (() => void) | null = null

  constructor(
    world: World,
    random: SeededRandom,
    conditions: LogDiskConditions,
    durable: LogStore,
    witness: LogWitness,
  ) {
    this.#world = world
    this.#random = random
    this.conditions = conditions
    this.#durable = durable
    this.#blank = durable.copy()
    this.#witness = witness
  }

  /** What is really there. */
  get durable(): LogStore {
    return this.#durable
  }

  /** The same log as it was in the beginning. */
  blank(): LogStore {
    return this.#blank.copy()
  }

  /** The log as `process` sees it, for as long as that lives. */
  open(process: Process): UpdateLog {
    this.#owner = process
    return createHandle(this, process)
  }

  /** Calls `run` once, in the middle of a commit: a crash then leaves some part of it, and nobody is told of that. */
  duringNextCommit(run: () => void): void {
    this.#duringNextCommit = run
  }

  /** The process that had it open died. */
  crash(): void {
    this.#owner = null
    const torn = this.#committing
    const happened = this.#random.below(torn.length + 1)
    if (happened > 0 && happened < torn.length) sometimes('a crash leaves a part of a commit')
    if (happened > 0 && happened === torn.length)
      sometimes('a crash leaves a whole commit that nobody was told of')
    if (torn.length > 0 && happened === 0) sometimes('a crash leaves nothing of a commit')
    if (this.#queued.length > 0) sometimes('a crash takes what waited for the next commit')
    if (torn.length > 0) this.#world.record('disk', 'commit torn', `${happened} of ${torn.length}`)
    this.#committing = []
    this.#queued = []
    for (const write of torn.slice(0, happened)) write()
  }

  /** Puts an older copy back. Only while no process has it open. */
  restore(copy: LogStore): void {
    if (this.#owner !== null) throw new Error('a process has the log open')
    this.#world.record('disk', 'older copy put back')
    this.#durable = copy
    this.#witness.restored()
  }

  read<T>(process: Process, what: string, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#world.after(this.#delayMs(this.conditions.readMs), () =>
        this.#answer(process, what, run, resolve, reject),
      )
    })
  }

  write<T>(process: Process, what: string, run: () => T): Promise<T> {
    if (this.#owner !== process) return new Promise(() => {})
    return new Promise((resolve, reject) => {
      this.#queued.push(() => this.#answer(process, what, run, resolve, reject))
      if (this.#committing.length === 0) this.#commit()
    })
  }

  create(document: DocumentId, lineage: string): LogState {
    const state = this.#durable.create(document, lineage)
    this.#witness.created(document, state)
    return state
  }

  append(document: DocumentId, append: Append): Receipt {
    this.mustHaveSpace()
    const receipt = this.#durable.append(document, append)
    this.#witness.appended(document, append, receipt)
    return receipt
  }

  mustHaveSpace(): void {
    if (this.full) sometimes('something is refused because the disk is full')
    if (this.full) throw new TidemarkError('log/full', 'the disk is full', { retryAfterMs: fullRetryMs })
  }

  #commit(): void {
    const batch = this.#queued
    this.#committing = batch
    this.#queued = []
    this.#world.after(this.#delayMs(this.conditions.commitMs), () => {
      if (this.#committing !== batch) return
      this.#world.record('disk', 'commit', batch.length)
      this.#interrupt()
      if (this.#committing !== batch) return
      this.#committing = []
      for (const write of batch) write()
      if (this.#queued.length > 0) this.#commit()
    })
  }

  #interrupt(): void {
    const run = this.#duringNextCommit
    this.#duringNextCommit = null
    run?.()
  }

  /** What `run` gives is decided now; the process hears of it now, when it wakes, or never. */
  #answer<T>(
    process: Process,
    what: string,
    run: () => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    let tell: () => void
    try {
      const value = run()
      tell = () => resolve(value)
    } catch (error) {
      // What a witness finds is no answer of the disk: it ends the simulation.
      if (error instanceof Violation) throw error
      tell = () => reject(error)
    }
    process.enter(() => {
      this.#world.record(process.name, what)
      tell()
    })
  }

  #delayMs(usualMs: number): number {
    const { tailChance, tailMs } = this.conditions
    const tail = this.#random.chance(tailChance) ? this.#random.interval(tailMs) : 0
    return usualMs * this.#random.between(0.5, 1.5) + tail
  }
}

function createHandle(disk: LogDisk, process: Process): UpdateLog {
  let closed = false
  const read = <T>(what: string, run: () => T): Promise<T> =>
    closed ? rejectClosed() : disk.read(process, what, run)
  const write = <T>(what: string, run: () => T): Promise<T> =>
    closed ? rejectClosed() : disk.write(process, what, run)
  return {
    load: (document) => read('log load', () => disk.durable.load(document)),
    read: (document, after, bytesMax) => read('log read', () => disk.durable.read(document, after, bytesMax)),
    readSnapshot: (document) => read('log snapshot', () => disk.durable.readSnapshot(document)),
    checkAt: (document, seq) => read('log check', () => disk.durable.checkAt(document, seq)),
    list: (after, limit) => read('log list', () => disk.durable.list(after, limit)),
    issued: (cursor) => disk.durable.issued(cursor),
    create: (document, lineage) => write('log created', () => disk.create(document, lineage)),
    append(document, append) {
      // What is written is what stood in the buffers when append was called.
      const entries = append.entries.map((each) => ({ ...each, update: each.update.slice() }))
      return write('log appended', () => disk.append(document, { ...append, entries }))
    },
    writeSnapshot: (document, lineage, snapshot) =>
      write('log snapshot written', () => {
        disk.mustHaveSpace()
        disk.durable.writeSnapshot(document, lineage, snapshot)
      }),
    trim: (document, lineage, through) =>
      write('log trimmed', () => disk.durable.trim(document, lineage, through)),
    delete: (document) => write('log deleted', () => disk.durable.delete(document)),
    close() {
      const last = closed ? Promise.resolve() : write('log closed', () => {})
      closed = true
      return last
    },
  }
}

function rejectClosed(): Promise<never> {
  return Promise.reject(new TidemarkError('log/closed', 'the log is closed'))
}
