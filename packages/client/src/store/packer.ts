import type { Clock, Unsubscribe } from '@tidemark/base'
import { packAfterMs, packsMax } from '../limits.ts'
import type { Database } from './idb-schema.ts'
import { isWorthPacking, type PackedUpdate, pack } from './packed-update.ts'

/** Packs large records when they have lain there for a while. No write and no load ever waits for it. */
export interface Packer {
  /** These records are in the database, or about to be. */
  found(database: Database, keys: readonly number[], updates: readonly PackedUpdate[]): void
  /** What was not packed by now is found again by the next load. */
  stop(): void
}

export function createPacker(clock: Clock, durability: 'relaxed' | 'strict'): Packer {
  let waiting: (readonly [Database, number])[] = []
  let cancel: Unsubscribe | null = null

  async function packAll(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await packRecord(...next)
      } catch {
        // The database was closed, it is full, or the browser cannot: the record stays as it is.
      }
    }
    cancel = null
  }

  async function packRecord(database: Database, key: number): Promise<void> {
    const record = await database.get('updates', key)
    if (!record || !isWorthPacking(record)) return
    const packed = await pack(record, clock.turn)
    const transaction = database.transaction('updates', 'readwrite', { durability })
    // It may have become part of another meanwhile. The key cannot be another record's: a database that was made anew
    // has closed this connection.
    const isThere = (await transaction.store.getKey(key)) !== undefined
    await Promise.all([isThere && transaction.store.put(packed, key), transaction.done])
  }

  return {
    found(database, keys, updates) {
      const large = keys.filter((_, i) => isWorthPacking(updates[i] as PackedUpdate))
      waiting = [...waiting, ...large.map((key) => [database, key] as const)].slice(-packsMax)
      if (waiting.length > 0) cancel ??= clock.after(packAfterMs, () => void packAll())
    },
    stop() {
      waiting = []
      cancel?.()
      cancel = null
    },
  }
}
