import type { Person } from './cast/person.ts'
import type { RelayNode } from './cast/relay-node.ts'
import type { LogDisk } from './disk/log-disk.ts'
import type { Ledger } from './oracle/ledger.ts'
import type { LogTruth } from './oracle/log-truth.ts'
import type { Network } from './world/network.ts'
import type { World } from './world/world.ts'

/** Everything that takes part in one simulation, for those who act on it and those who judge it. */
export interface Scene {
  readonly world: World
  readonly network: Network
  readonly disk: LogDisk
  readonly relay: RelayNode
  readonly people: readonly Person[]
  readonly ledger: Ledger
  readonly log: LogTruth
  readonly documents: readonly string[]
  /** First safety under faults; then the world is healed and must come to rest. */
  readonly phase: 'faults' | 'healed'
  /** Counts that something happened: what never happens in many seeds is not tested. */
  count(what: string): void
  /** Somebody new, at a new device, who opens all documents. */
  invite(): Person
}
