import type { Clock, Unsubscribe } from '@tidemark/base'
import { packAfterMs, packsMax } from '../limits.ts'
import type { Database } from './idb-schema.ts'
import { inTransaction } from './idb-transaction.ts'
import { isWorthPacking, type PackedUpdate, pack } from './packed-update.ts'

/**
 * Packs large records when they have lain there for a while. Nobody waits for the packing itself, only for a record to be
 * read or put in its place.
 */
export interface Packer {
  /** These records are in the database, or will be when a transaction commits. */
  found(database: Database, keys: readonly number[], updates: readonly PackedUpdate[]): void
  /** For good. What was not packed by now is found again by the next load. */
  stop(): void
}

export function createPacker(clock: Clock, durability: 'relaxed' | 'strict'): Packer {
  let waiting: (readonly [Database, number])[] = []
  /** A round is due, or under way. */
  let cancel: Unsubscribe | null = null
  let isStopped = false

  function schedule(): void {
    cancel = waiting.length > 0 && !isStopped ? clock.after(packAfterMs, () => void packRound()) : null
  }

  async function packRound(): Promise<void> {
    const round = waiting
    waiting = []
    for (const [database, key] of round) {
      try {
        await packRecord(database, key)
      } catch {
        // The database was closed, it is full, or the browser cannot: the record stays as it is.
      }
    }
    schedule()
  }

  async function packRecord(database: Database, key: number): Promise<void> {
    const updates = inTransaction(database.transaction('updates')).store
    const record = await updates.get(key)
    if (!record || !isWorthPacking(record)) return
    const packed = await pack(record, clock.turn)
    // As lasting as what it replaces: a browser may keep both in files of their own.
    const writing = inTransaction(database.transaction('updates', 'readwrite', { durability }))
    // It may have become part of another meanwhile. The key cannot be another record's by now: those of a database are
    // given again only when they were never committed, and one that was made anew has closed this connection.
    if ((await writing.store.getKey(key)) !== undefined) await writing.store.put(packed, key)
  }

  return {
    found(database, keys, updates) {
      const large = keys.filter((_, i) => isWorthPacking(updates[i] as PackedUpdate))
      waiting = [...waiting, ...large.map((key) => [database, key] as const)].slice(-packsMax)
      if (!cancel) schedule()
    },
    stop() {
      isStopped = true
      cancel?.()
    },
  }
}
