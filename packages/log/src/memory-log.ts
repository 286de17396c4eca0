import { randomBytes as systemRandomBytes } from 'node:crypto'
import {
  type Cursor,
  type DocumentId,
  type Lineage,
  type RandomBytes,
  type Seq,
  TidemarkError,
} from '@tidemark/base'
import { secretBytes } from './check.ts'
import { epochBytes } from './epochs.ts'
import type { Judgement } from './judge.ts'
import { LogStore } from './log-store.ts'
import type { Append, Entry, LogState, Receipt, Snapshot, UpdateLog } from './update-log.ts'

export interface MemoryLogOptions {
  /** Makes the store's secret (check.ts) and draws the epoch of this opening (epochs.ts). */
  readonly randomBytes?: RandomBytes
  /** What the log holds: give the store of a closed log to stand for a restart. */
  readonly store?: LogStore
}

/**
 * An update log in memory, for tests and simulations: deterministic, without timers. Each call takes effect at once and
 * its promise settles in a microtask. It is durable only as long as its `store`.
 */
export function createMemoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const store = options.store ?? new LogStore(randomBytes(secretBytes))
  store.open(randomBytes(epochBytes))
  return new MemoryLog(store)
}

/** See `createMemoryLog`. */
export class MemoryLog implements UpdateLog {
  readonly store: LogStore
  #closed = false

  constructor(store: LogStore) {
    this.store = store
  }

  load(document: DocumentId): Promise<LogState | null> {
    return this.#run((store) => store.load(document))
  }

  create(document: DocumentId, lineage: Lineage): Promise<LogState> {
    return this.#run((store) => store.create(document, lineage))
  }

  append(document: DocumentId, append: Append): Promise<Receipt> {
    return this.#run((store) => store.append(document, append))
  }

  read(document: DocumentId, after: Seq, bytesMax: number): Promise<readonly Entry[]> {
    return this.#run((store) => store.read(document, after, bytesMax))
  }

  readSnapshot(document: DocumentId): Promise<Snapshot | null> {
    return this.#run((store) => store.readSnapshot(document))
  }

  writeSnapshot(document: DocumentId, lineage: Lineage, snapshot: Snapshot): Promise<void> {
    return this.#run((store) => store.writeSnapshot(document, lineage, snapshot))
  }

  trim(document: DocumentId, lineage: Lineage, through: Seq): Promise<Seq> {
    return this.#run((store) => store.trim(document, lineage, through))
  }

  judge(document: DocumentId, cursor: Cursor): Promise<Judgement> {
    return this.#run((store) => store.judge(document, cursor))
  }

  issued(cursor: Cursor): boolean {
    return this.store.issued(cursor)
  }

  delete(document: DocumentId): Promise<void> {
    return this.#run((store) => store.delete(document))
  }

  list(after: DocumentId | null, limit: number): Promise<readonly DocumentId[]> {
    return this.#run((store) => store.list(after, limit))
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** An async function, so that whatever is thrown becomes a rejection. */
  async #run<T>(operation: (store: LogStore) => T): Promise<T> {
    if (this.#closed) throw new TidemarkError('log/closed', 'the log is closed')
    return operation(this.store)
  }
}
