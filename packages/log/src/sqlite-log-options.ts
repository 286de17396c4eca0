import type { RandomBytes, TidemarkError } from '@tidemark/base'
import type { Durability } from './sqlite-schema.ts'

export interface SqliteLogOptions {
  /** Where the database lies; made when it does not exist. One process at a time. */
  readonly folder: string
  readonly durability?: Durability
  /** Bytes of updates that may wait for their commit; more is refused with `relay/overloaded`. */
  readonly queueBytesMax?: number
  /** The database may grow to this size; more is refused with `log/full`. Null: to the size of the disk. */
  readonly databaseBytesMax?: number | null
  /** After so long without a write the log tidies up: gives space back, empties the write-ahead log. */
  readonly idleMs?: number
  /**
   * The disk or the database failed. Nothing is accepted any more, and it is unknown whether what was in flight is
   * stored: the process should end, and whatever restarts it opens the log anew.
   */
  readonly onFailed?: (error: TidemarkError) => void
  readonly randomBytes?: RandomBytes
}
