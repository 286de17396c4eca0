import { type DocumentId, TidemarkError } from '@tidemark/base'
import type { LogStore } from '@tidemark/log'
import type { RelayEvent } from '@tidemark/relay'
import type { LogCopy, LogDisk } from '../disk/log-disk.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import type { RelayNode } from './relay-node.ts'

/** How the relay's owner works. */
export interface OwnerHabits {
  /** Between two backups, and from a sign of trouble to doing something about it, on average. */
  readonly backupMs: number
  readonly reactionMs: number
  /** Leaves halted documents as they are until everything is healed. */
  readonly isAway: boolean
}

export interface OwnerDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly disk: LogDisk
  readonly relay: RelayNode
  readonly habits: OwnerHabits
  readonly count: (what: string) => void
}

/** Between the relay's word that its disk failed and the end of its process: what tells the clients is still to go out. */
const lastWordsMs = 200

const backupsMax = 3

/**
 * Whoever runs the relay: takes backups, restarts it when it has ended itself, and repairs the disk or puts a backup back
 * when it is told that a document is halted. Knows nothing but what the relay tells.
 */
export class Owner {
  readonly #deps: OwnerDeps
  /** The oldest is the empty disk. */
  readonly #backups: LogCopy[]
  readonly #halted = new Set<DocumentId>()
  #isAway: boolean
  #isRepairing = false
  #putsBackups = true

  constructor(deps: OwnerDeps) {
    this.#deps = deps
    this.#isAway = deps.habits.isAway
    this.#backups = [deps.disk.copy()]
    deps.relay.watch((event) => this.#heard(event))
    this.#backUpLater()
  }

  /** The relay has said so, and nothing has been done about it. */
  isHalted(document: DocumentId): boolean {
    return this.#halted.has(document)
  }

  /** There is something to mend, and somebody to do it. */
  get isNeeded(): boolean {
    return !this.#isAway && this.#halted.size > 0
  }

  /**
   * Does at once what is to be done, unless away: for what the relay told, and for what the log itself finds when all of it
   * is read. From now on he mends what breaks, and puts nothing older back: people are to come to rest on this log.
   */
  settle(): void {
    this.#putsBackups = false
    if (!this.#isAway && (this.#halted.size > 0 || this.#findsDamage())) this.#repair(0)
  }

  #findsDamage(): boolean {
    const { durable } = this.#deps.disk
    return durable.list(null, Number.MAX_SAFE_INTEGER).some((document) => !isReadable(durable, document))
  }

  comeBack(): void {
    this.#isAway = false
    this.settle()
  }

  #heard(event: RelayEvent): void {
    switch (event.type) {
      case 'failed':
        return this.#restart()
      case 'document-halted':
        this.#halted.add(event.document)
        return this.#repairLater()
      default:
        return
    }
  }

  /** The program ends itself with an error; somebody, or something, starts it again. */
  #restart(): void {
    const { world, relay } = this.#deps
    const { process } = relay
    world.after(lastWordsMs, () => {
      if (relay.process !== process) return
      relay.kill('reset')
      world.after(this.#reactionMs(), () => relay.start())
    })
  }

  #repairLater(): void {
    if (this.#isRepairing) return
    this.#isRepairing = true
    this.#deps.world.after(this.#reactionMs(), () => {
      this.#isRepairing = false
      if (!this.#isAway && this.#halted.size > 0) this.#repair(this.#reactionMs())
    })
  }

  #repair(downMs: number): void {
    const { world, disk, relay, random, count } = this.#deps
    this.#halted.clear()
    relay.kill('reset')
    if (random.chance(0.4) || !this.#putsBackups) {
      count('owner mended the disk')
      disk.mend()
    } else {
      count('owner put a backup back')
      disk.restore(this.#newestIntact())
    }
    world.after(downMs, () => relay.start())
  }

  #newestIntact(): LogCopy {
    const { disk } = this.#deps
    return this.#backups.findLast(({ store }) => disk.isIntact(store)) as LogCopy
  }

  #backUpLater(): void {
    const { world, random, habits, disk } = this.#deps
    world.after(random.interval(habits.backupMs), () => {
      this.#backups.push(disk.copy())
      if (this.#backups.length > backupsMax) this.#backups.splice(1, 1)
      this.#backUpLater()
    })
  }

  #reactionMs(): number {
    const { random, habits } = this.#deps
    return random.interval(habits.reactionMs)
  }
}

function isReadable(log: LogStore, document: DocumentId): boolean {
  try {
    const state = log.load(document)
    log.readSnapshot(document)
    if (state !== null) log.read(document, state.floor, Number.MAX_SAFE_INTEGER)
    return true
  } catch (error) {
    if (error instanceof TidemarkError) return false
    throw error
  }
}
