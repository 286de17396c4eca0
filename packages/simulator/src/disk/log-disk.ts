import { type DocumentId, type Seq, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Append, LogState, LogStore, Receipt, Snapshot } from '@tidemark/log'
import { Violation } from '../oracle/violation.ts'
import type { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import type { DiskRefusal, LogMemory, LogWitness } from './log-witness.ts'
import { type Rot, rotSomewhere, tearLast } from './rot.ts'

export interface LogDiskConditions {
  readonly readMs: number
  readonly commitMs: number
  /** How often a read or a commit takes far longer, and how long then on average. */
  readonly tailChance: number
  readonly tailMs: number
}

/** A copy of the disk as it was at some moment, and what was true then. */
export interface LogCopy {
  readonly store: LogStore
  readonly memory: unknown
}

/** What a process asks of the disk, as it waits. */
export interface DiskRequest<T> {
  /** For a trace. */
  readonly what: string
  readonly document: DocumentId | null
  readonly run: () => T
}

export interface DiskWrite<T> extends DiskRequest<T> {
  /** Room that it takes. */
  readonly bytes: number
  /** For an append: the seq it follows; null for anything else. */
  readonly after: Seq | null
}

/** A request together with those who wait for it. */
interface Waiting {
  readonly write: DiskWrite<unknown>
  /** Makes it so; what is returned tells the process, if it still lives. */
  readonly perform: () => () => void
  readonly refuse: (error: TidemarkError) => void
}

const fullRetryMs = 500

/** Of an opening of a log store. */
const epochBytes = 4

/**
 * The relay's disk with a log on it. A process opens it and gets an `UpdateLog` whose writes wait for a commit, as they
 * do on a real disk:
 *
 *     append ─▶ queued ─▶ [ commit: all that was queued when it began ] ─▶ durable ─▶ resolved, if the process lives
 *                                            ▲
 *        crash here: what was queued is lost; of the commit some first part may be there, and nobody was told
 *        fsync fails here: the same, and the process is told that the disk has failed, now and ever after
 *        no room: nothing of the commit is there, and all who wait for it are told so
 */
export class LogDisk {
  conditions: LogDiskConditions
  /** What can still be written before the disk is full. */
  roomBytes: number = Number.POSITIVE_INFINITY
  /** Drawn by the process that opened it last. */
  epoch: Uint8Array = new Uint8Array(epochBytes)
  /** A crash in the middle of a commit leaves its last entry in part. */
  tears = false
  readonly #world: World
  readonly #random: SeededRandom
  readonly #epochs: SeededRandom
  readonly #memory: LogMemory<unknown>
  readonly #witnesses: LogWitness[]
  readonly #rots: Rot[] = []
  #durable: LogStore
  readonly #blank: LogStore
  #queued: Waiting[] = []
  #committing: readonly Waiting[] = []
  #owner: Process | null = null
  #failing: 'no' | 'reads' | 'commits' | 'failed' = 'no'
  #duringNextCommit: (() => void)[] = []

  constructor(
    world: World,
    random: SeededRandom,
    conditions: LogDiskConditions,
    durable: LogStore,
    memory: LogMemory<unknown>,
  ) {
    this.#world = world
    this.#random = random
    this.#epochs = random.named('epochs')
    this.conditions = conditions
    this.#durable = durable
    this.#blank = durable.copy()
    this.#memory = memory
    this.#witnesses = [memory]
  }

  /** What is really there. */
  get durable(): LogStore {
    return this.#durable
  }

  /** The same log as it was in the beginning. */
  blank(): LogCopy {
    return { store: this.#blank, memory: this.#memory.nothing }
  }

  watch(witness: LogWitness): void {
    this.#witnesses.push(witness)
  }

  /** For `process`, as long as that lives. */
  open(process: Process): void {
    this.#owner = process
    this.epoch = this.#epochs.bytes(epochBytes)
    this.#durable.open(this.epoch)
  }

  // What befalls it.

  /** Calls `run` once, in the middle of a commit: a crash then leaves some part of it, and nobody is told of that. */
  duringNextCommit(run: () => void): void {
    this.#duringNextCommit.push(run)
  }

  /** The next commit, or the next read, fails as on a dying disk. For the process that has it open all is over then. */
  failNext(what: 'reads' | 'commits'): void {
    if (this.#failing === 'no') this.#failing = what
  }

  /** Some stored bytes change. */
  rot(random: SeededRandom): Rot | null {
    const rot = rotSomewhere(this.#durable, random, (row) => this.#rots.some((each) => each.row === row))
    if (rot !== null) this.#rotted(rot)
    return rot
  }

  /** The process that had it open died. */
  crash(): void {
    this.#owner = null
    this.#failing = 'no'
    if (this.#queued.length > 0) sometimes('a crash takes what waited for the next commit')
    const torn = this.#committing
    this.#committing = []
    this.#queued = []
    this.#performFirst(torn)
  }

  // What its owner does with it.

  /** Whether no stored byte has changed since it was written, in this store or a copy. */
  isIntact(store: LogStore = this.#durable): boolean {
    return !this.#rots.some((rot) => rot.isIn(store))
  }

  /** Whether bytes of this document have changed since they were written. */
  isDamaged(document: DocumentId): boolean {
    return this.#rots.some((rot) => rot.document === document && rot.isIn(this.#durable))
  }

  /** Copies what is there now, right or wrong. */
  copy(): LogCopy {
    return { store: this.#durable.copy(), memory: this.#memory.remember() }
  }

  /** Puts a copy in its place, which may be older, or a new disk. Only while no process has it open. */
  restore({ store, memory }: LogCopy): void {
    if (this.#owner !== null) throw new Error('a process has the log open')
    this.#world.record('disk', 'copy put back')
    this.#memory.restored(memory)
    this.#durable = store.copy()
  }

  /** Puts every changed byte right: the file was repaired. Only while no process has it open. */
  mend(): void {
    if (this.#owner !== null) throw new Error('a process has the log open')
    this.#world.record('disk', 'mended')
    // Backwards: bytes may have changed more than once in one place.
    for (const rot of this.#rots.toReversed()) rot.mend(this.#durable)
  }

  /** Nothing goes wrong with it any more, but for what has. */
  heal(conditions: LogDiskConditions): void {
    this.conditions = conditions
    this.roomBytes = Number.POSITIVE_INFINITY
    this.tears = false
    this.#duringNextCommit = []
    if (this.#failing !== 'failed') this.#failing = 'no'
  }

  // What a process asks of it.

  read<T>(process: Process, request: DiskRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#world.after(this.#delayMs(this.conditions.readMs), () => {
        if (this.#owner !== process) return
        if (this.#failing === 'reads') this.#fail()
        if (this.#failing === 'failed') return this.#refuse(process, request, reject, diskFailed())
        this.#attempt(process, request, resolve, reject)()
      })
    })
  }

  write<T>(process: Process, write: DiskWrite<T>): Promise<T> {
    if (this.#owner !== process) return new Promise(() => {})
    return new Promise((resolve, reject) => {
      const refuse = (error: TidemarkError): void => this.#refuse(process, write, reject, error)
      if (this.#failing === 'failed') return refuse(diskFailed())
      const perform = (): (() => void) => this.#attempt(process, write, resolve, reject)
      this.#queued.push({ write, perform, refuse })
      if (this.#committing.length === 0) this.#commit()
    })
  }

  create(document: DocumentId, lineage: string): LogState {
    const state = this.#durable.create(document, lineage)
    for (const witness of this.#witnesses) witness.created?.(document, state)
    return state
  }

  append(document: DocumentId, append: Append): Receipt {
    const receipt = this.#durable.append(document, append)
    for (const witness of this.#witnesses) witness.appended?.(document, append, receipt)
    return receipt
  }

  writeSnapshot(document: DocumentId, lineage: string, snapshot: Snapshot): void {
    this.#durable.writeSnapshot(document, lineage, snapshot)
    for (const witness of this.#witnesses) witness.snapshotWritten?.(document, snapshot)
  }

  trim(document: DocumentId, lineage: string, through: Seq): Seq {
    const floor = this.#durable.trim(document, lineage, through)
    for (const witness of this.#witnesses) witness.trimmed?.(document, floor)
    return floor
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
      if (this.#failing === 'commits') return this.#fail()
      this.#committing = []
      if (this.#takeRoom(batch)) for (const { perform } of batch) perform()()
      else this.#refuseBatch(batch)
      if (this.#queued.length > 0) this.#commit()
    })
  }

  #interrupt(): void {
    const due = this.#duringNextCommit
    this.#duringNextCommit = []
    for (const run of due) run()
  }

  /** A commit is one transaction: it fits, or leaves nothing. */
  #takeRoom(batch: readonly Waiting[]): boolean {
    const bytes = batch.reduce((sum, { write }) => sum + write.bytes, 0)
    if (bytes > this.roomBytes) return false
    this.roomBytes -= bytes
    return true
  }

  /** Of a document's appends the first is told the reason, and the others, in the queue too, that they counted on it. */
  #refuseBatch(batch: readonly Waiting[]): void {
    sometimes('something is refused because the disk is full')
    const lowest = new Map<DocumentId | null, Seq>()
    for (const { write } of batch)
      if (write.after !== null)
        lowest.set(write.document, Math.min(write.after, lowest.get(write.document) ?? write.after))
    const counted = ({ write: { document, after } }: Waiting): boolean =>
      after !== null && after > (lowest.get(document) ?? after)
    const followers = this.#queued.filter(counted)
    this.#queued = this.#queued.filter((waiting) => !counted(waiting))
    for (const waiting of batch) waiting.refuse(counted(waiting) ? appendFailed() : diskFull())
    for (const { refuse } of followers) refuse(appendFailed())
  }

  /** What of a commit was there when it was broken off: some first part of it, of which nobody is told. */
  #performFirst(batch: readonly Waiting[]): void {
    if (batch.length === 0) return
    const happened = batch.slice(0, this.#random.below(batch.length + 1))
    const what = happened.length === 0 ? 'nothing' : happened.length < batch.length ? 'a part' : 'all'
    if (what === 'a part') sometimes('a crash leaves a part of a commit')
    if (what === 'all') sometimes('a crash leaves a whole commit that nobody was told of')
    if (what === 'nothing') sometimes('a crash leaves nothing of a commit')
    this.#world.record('disk', 'commit torn', `${happened.length} of ${batch.length}`)
    for (const { perform } of happened) perform()
    const last = happened.at(-1)?.write
    if (!this.tears || last === undefined || last.after === null || last.document === null) return
    const torn = tearLast(this.#durable, last.document)
    if (torn !== null) this.#rotted(torn)
  }

  /** Everything that waits is told, and whatever is asked for later. */
  #fail(): void {
    this.#failing = 'failed'
    this.#world.record('disk', 'failed')
    const torn = this.#committing
    const waiting = [...torn, ...this.#queued]
    this.#committing = []
    this.#queued = []
    this.#performFirst(torn)
    for (const { refuse } of waiting) refuse(diskFailed())
  }

  #rotted(rot: Rot): void {
    this.#world.record('disk', 'bytes changed', `${rot.where} of ${rot.document}`)
    this.#rots.push(rot)
    for (const witness of this.#witnesses) witness.rotted?.(rot)
  }

  /** What `run` gives is decided now; the process hears of it when the result is called, when it wakes, or never. */
  #attempt<T>(
    process: Process,
    request: DiskRequest<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): () => void {
    try {
      const value = request.run()
      return () => this.#tell(process, request.what, () => resolve(value))
    } catch (error) {
      // What a witness finds is no answer of the disk: it ends the simulation.
      if (error instanceof Violation) throw error
      return () => this.#refuse(process, request, reject, error)
    }
  }

  #refuse(
    process: Process,
    { what, document }: DiskRequest<unknown>,
    reject: (error: unknown) => void,
    error: unknown,
  ): void {
    const code = refusalCodeOf(error)
    const told = code === null ? what : `${what}: ${code}, ${(error as TidemarkError).message}`
    this.#tell(process, told, () => {
      if (code !== null)
        for (const witness of this.#witnesses) witness.refused?.(process, { code, document, what })
      reject(error)
    })
  }

  #tell(process: Process, what: string, settle: () => void): void {
    process.enter(() => {
      this.#world.record(process.name, what)
      settle()
    })
  }

  #delayMs(usualMs: number): number {
    const { tailChance, tailMs } = this.conditions
    const tail = this.#random.chance(tailChance) ? this.#random.interval(tailMs) : 0
    return usualMs * this.#random.between(0.5, 1.5) + tail
  }
}

function appendFailed(): TidemarkError {
  return new TidemarkError('log/conflict', 'an append before this one failed')
}

function diskFull(): TidemarkError {
  return new TidemarkError('log/full', 'the disk is full', { retryAfterMs: fullRetryMs })
}

function diskFailed(): TidemarkError {
  return new TidemarkError('log/failed', 'the disk failed')
}

function refusalCodeOf(error: unknown): DiskRefusal['code'] | null {
  if (!(error instanceof TidemarkError)) return null
  const { code } = error
  return code === 'log/full' || code === 'log/failed' || code === 'log/corrupt' ? code : null
}
