import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts'

/** Numbers noted as used in one go. What is left of the last ones is lost when a process ends: 2^53 last for 2^33 starts. */
const noted = 2 ** 20

/**
 * The numbers (`gid`) of entries: ascending over the whole store, none ever given twice.
 *
 * AUTOINCREMENT by itself writes the highest number to `sqlite_sequence` with each commit: a third page beside the
 * table's and the index's, half as much again for the disk. It leaves a higher number there as it is, so one far ahead is
 * noted instead. Where a note was rolled back SQLite writes the numbers that are used, as ever: no number is given twice
 * because of it.
 */
export class EntryNumbers {
  readonly #note: SqliteStatement
  #last: number
  #notedTo: number

  /** Writes to the database when it is new. */
  constructor(database: SqliteDatabase) {
    database.exec(`INSERT INTO sqlite_sequence SELECT 'entries', 0
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'entries')`)
    this.#note = database.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'entries'`)
    const highest = database
      .prepare(`SELECT max(seq, ifnull((SELECT max(gid) FROM entries), 0)) AS highest FROM sqlite_sequence
        WHERE name = 'entries'`)
      .get()
    this.#last = Number(highest?.highest)
    this.#notedTo = this.#last
  }

  /** The number for an entry that is inserted in the transaction under way. */
  next(): number {
    this.#last++
    if (this.#last > this.#notedTo) {
      this.#notedTo = this.#last + noted
      this.#note.run(this.#notedTo)
    }
    return this.#last
  }

  /** The transaction under way did not commit, and the note may have been part of it: it is made again. */
  forget(): void {
    this.#notedTo = this.#last
  }
}
