import type { Cursor, DocumentId, Lineage } from '@tidemark/base'
import type { AsideReplica } from '../api.ts'
import { decideMove, isOtherLineage } from './change.ts'
import type {
  AppendChange,
  KeyedUpdate,
  OutboxMark,
  OutboxRecord,
  ReplaceChange,
  ReplicaChange,
  ReplicaStore,
  StoredUpdate,
  WholeChange,
  Written,
} from './replica-store.ts'

interface MemoryReplica {
  lineage: Lineage | null
  cursor: Cursor | null
  readonly updates: Map<number, StoredUpdate>
  readonly outbox: Map<string, OutboxRecord>
}

interface MemoryAside {
  readonly aside: AsideReplica
  readonly updates: readonly StoredUpdate[]
}

/** Keeps replicas as long as the process lives: for Node, and for browsers that offer no storage. */
export function createMemoryStore(): ReplicaStore {
  const replicas = new Map<DocumentId, MemoryReplica>()
  const asides = new Map<string, MemoryAside>()
  let nextKey = 1

  function add(replica: MemoryReplica, updates: readonly StoredUpdate[]): number[] {
    return updates.map((update) => {
      replica.updates.set(nextKey, update)
      return nextKey++
    })
  }

  function write(document: DocumentId, change: ReplicaChange): Written {
    const replica = replicas.get(document) ?? emptyReplica()
    if (change.kind !== 'replace' && isOtherLineage(replica.lineage, change.lineage))
      return { outcome: 'other-lineage', keys: [] }
    replicas.set(document, replica)
    if (change.kind === 'replace') makeWay(document, replica, change)
    for (const mark of change.acked) forget(replica, mark)
    for (const edit of change.edits) replica.outbox.set(outboxName(edit), edit)
    replica.lineage = change.lineage ?? replica.lineage
    return change.kind === 'append' ? append(replica, change) : whole(replica, change)
  }

  function append(replica: MemoryReplica, { updates, move }: AppendChange): Written {
    const decision = move && decideMove(replica.cursor, move)
    if (move && decision === 'move') replica.cursor = move.cursor
    return { outcome: decision === 'gap' ? 'gap' : 'written', keys: add(replica, updates) }
  }

  function whole(replica: MemoryReplica, change: WholeChange | ReplaceChange): Written {
    if (change.kind === 'whole') for (const key of change.contained) replica.updates.delete(key)
    replica.cursor = change.cursor ?? replica.cursor
    return { outcome: 'written', keys: add(replica, [change.state]) }
  }

  function makeWay(document: DocumentId, replica: MemoryReplica, change: ReplaceChange): void {
    const others = isOtherLineage(replica.lineage, change.lineage)
    const going = others || change.rebuilt ? [...replica.updates.values()] : []
    const unsent = others ? [...replica.outbox.values()].map(asStored) : []
    const kept = [...(change.aside?.updates ?? []), ...going, ...unsent]
    if (change.aside && kept.length > 0) {
      const { id, reason, lineage, timeMs } = change.aside
      asides.set(id, { aside: { id, document, reason, lineage, timeMs }, updates: kept })
    }
    if (going.length > 0) replica.updates.clear()
    if (others) replica.outbox.clear()
  }

  return {
    persistent: false,
    load(document) {
      const replica = replicas.get(document)
      if (!replica) return Promise.resolve(null)
      const { lineage, cursor } = replica
      const updates: KeyedUpdate[] = [...replica.updates].map(([key, stored]) => ({ key, ...stored }))
      return Promise.resolve({ lineage, cursor, updates, outbox: [...replica.outbox.values()].sort(byTab) })
    },
    write: (document, change) => Promise.resolve(write(document, change)),
    listAside: () => Promise.resolve([...asides.values()].map(({ aside }) => aside)),
    readAside: (id) => Promise.resolve(asides.get(id)?.updates ?? null),
    deleteAside(id) {
      asides.delete(id)
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}

function emptyReplica(): MemoryReplica {
  return { lineage: null, cursor: null, updates: new Map(), outbox: new Map() }
}

function forget({ outbox }: MemoryReplica, { tab, through }: OutboxMark): void {
  for (const [name, record] of outbox) if (record.tab === tab && record.number <= through) outbox.delete(name)
}

function outboxName({ tab, number }: OutboxRecord): string {
  return `${tab} ${number}`
}

function asStored({ update }: OutboxRecord): StoredUpdate {
  return { update, version: 1 }
}

function byTab(a: OutboxRecord, b: OutboxRecord): number {
  return a.tab < b.tab ? -1 : a.tab > b.tab ? 1 : a.number - b.number
}
