import type { ReplicaStore } from '@tidemark/client'
import type { UpdateLog } from '@tidemark/log'
import type { Socket } from '@tidemark/relay'
import type { LogDisk } from '../disk/log-disk.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

/** A bug put between the production code and its world, to show that the checkers see it. */
export interface PlantedBug {
  readonly name: string
  /** The property that it must be found to break. */
  readonly breaks: readonly string[]
  plant(random: SeededRandom): Planted
}

/** What a bug stands between. */
export interface Planted {
  wrapLog?(log: UpdateLog, disk: LogDisk): UpdateLog
  wrapSocket?(socket: Socket): Socket
  wrapStore?(store: ReplicaStore): ReplicaStore
}
