import type { RelayLimits } from '@tidemark/relay'
import type { AccessService } from './cast/access-service.ts'
import type { AccessTable } from './cast/access-table.ts'
import type { Owner } from './cast/owner.ts'
import type { Person } from './cast/person.ts'
import type { RelayNode } from './cast/relay-node.ts'
import type { StockPerson } from './cast/stock-person.ts'
import type { Stranger } from './cast/stranger.ts'
import type { Tab } from './cast/tab.ts'
import type { LogDisk } from './disk/log-disk.ts'
import type { AccessTruth } from './oracle/access-truth.ts'
import type { Border } from './oracle/border.ts'
import type { Ledger } from './oracle/ledger.ts'
import type { LockedOut } from './oracle/locked-out.ts'
import type { LogTruth } from './oracle/log-truth.ts'
import type { Pushes } from './oracle/pushes.ts'
import type { TabNews } from './oracle/tab-news.ts'
import type { Story } from './story/story.ts'
import type { Network } from './world/network.ts'
import type { World } from './world/world.ts'

/**
 * First safety under faults. Then a core is healed (the relay, its disk, some people) while everybody else stays broken,
 * and must come to rest. Then the rest is healed as well.
 */
export type Phase = 'faults' | 'core' | 'healed'

/** Everything that takes part in one simulation, for those who act on it and those who judge it. */
export interface Scene {
  readonly world: World
  readonly network: Network
  readonly disk: LogDisk
  readonly relay: RelayNode
  readonly limits: Partial<RelayLimits>
  readonly owner: Owner
  readonly people: readonly Person[]
  /** Those with stock y-websocket clients. */
  readonly stock: readonly StockPerson[]
  /** Malicious and broken clients. They are never healed. */
  readonly strangers: readonly Stranger[]
  /** All strangers do all that they can, at once. */
  provoke(): void
  readonly ledger: Ledger
  readonly log: LogTruth
  /** Stock clients that the relay rightly sends away each time they come. */
  readonly lockedOut: LockedOut
  /** What went up the wire. */
  readonly pushes: Pushes
  readonly documents: readonly string[]
  /** Who may do what, decided by the seed; `accessService` is what the relay asks. */
  readonly access: AccessTable
  readonly accessService: AccessService
  /** Who may still receive and append, when the relay has had its time to notice. */
  readonly accessTruth: AccessTruth
  /** All that crosses the border of the relay's process. */
  readonly border: Border
  /** What tabs do and say. */
  readonly news: TabNews
  readonly relayLimits: RelayLimits
  readonly phase: Phase
  /** Through it goes what the seed decides to happen again and again: a part of it can be left out of a run. */
  readonly story: Story
  /** Those whom the world is healed for first. Whole devices: people who share one are in it together, or not at all. */
  readonly core: readonly Person[]
  /** Those whom faults may befall now: everybody, then those outside the core, then nobody. */
  readonly peopleAtRisk: readonly Person[]
  readonly stockAtRisk: readonly StockPerson[]
  /** The relay refuses to serve this document, has said so to its owner, and nothing has been done about it. */
  isHalted(document: string): boolean
  /** Counts that something happened: what never happens in many seeds is not tested. */
  count(what: string): void
  /** Somebody new, at a new device, who opens all documents. */
  invite(): Person
  /** Two machines of one account, one the clone of the other: their pages write under one Yjs client id. */
  clone(): readonly [Tab, Tab]
}
