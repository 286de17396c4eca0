import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyDatabase } from '../../harness/database-files.ts'
import type { FsyncShim } from '../../harness/fsync-shim.ts'
import type { SmallDisk } from '../../harness/small-disk.ts'

/** Copies of the database that are kept, the latest ones. */
export const copiesMax = 4

/** The relay's disk: where its files are now, and copies of what they were. */
export class Disk {
  /** Null where there is none: then nothing is said about a failing fsync. */
  readonly fsync: FsyncShim | null
  readonly #root: string
  readonly #copies: string[] = []
  #taken = 0
  #small: SmallDisk | null = null

  constructor(root: string, fsync: FsyncShim | null) {
    this.#root = root
    this.fsync = fsync
  }

  /** As the relay names it. */
  get folder(): string {
    return join(this.#root, this.#small === null ? 'data' : 'small')
  }

  /** For the relay's next life. */
  get place(): { readonly folder: string; readonly prefix: readonly string[] } {
    return { folder: this.folder, prefix: this.#small?.prefix ?? [] }
  }

  get small(): SmallDisk | null {
    return this.#small
  }

  /** The same folder as everybody else sees it. */
  get outside(): string {
    return this.#small?.outside ?? this.folder
  }

  get copies(): readonly string[] {
    return this.#copies
  }

  /** A copy of the database as it is, while the relay is stopped. */
  copy(): string {
    const copy = join(this.#root, `copy-${++this.#taken}`)
    copyDatabase(this.outside, copy)
    this.#copies.push(copy)
    if (this.#copies.length > copiesMax)
      rmSync(this.#copies.shift() as string, { recursive: true, force: true })
    return copy
  }

  /** A copy that is soon written over, while the relay is stopped: reading changes what is read. */
  copyForReading(): string {
    const copy = join(this.#root, 'copy-for-reading')
    copyDatabase(this.outside, copy)
    return copy
  }

  /** Another copy becomes the database. */
  putBack(copy: string): void {
    copyDatabase(copy, this.outside)
  }

  /** The database goes on on another disk, while the relay is stopped; null: on the usual one. */
  moveTo(small: SmallDisk | null): void {
    const from = this.outside
    this.#small = small
    copyDatabase(from, this.outside)
  }
}
