import type { DocumentId, Random } from '@tidemark/base'
import type { AsideReplica } from '../api.ts'
import { type DocumentRecord, decideChange } from './change.ts'
import type {
  KeyedUpdate,
  OutboxMark,
  OutboxRecord,
  ReplicaChange,
  ReplicaStore,
  StoredReplica,
  StoredUpdate,
  Written,
} from './replica-store.ts'

interface MemoryReplica {
  record: DocumentRecord | null
  readonly updates: Map<number, StoredUpdate>
  readonly outbox: Map<string, OutboxRecord>
}

interface MemoryAside {
  readonly aside: AsideReplica
  readonly updates: readonly StoredUpdate[]
}

/** Keeps replicas as long as the process lives: for Node, and for browsers that offer no storage. */
export function createMemoryStore(random: Random = Math.random): ReplicaStore {
  const replicas = new Map<DocumentId, MemoryReplica>()
  const asides = new Map<string, MemoryAside>()
  let nextKey = 1

  function load(document: DocumentId): StoredReplica | null {
    const replica = replicas.get(document)
    if (!replica?.record) return null
    const updates: KeyedUpdate[] = [...replica.updates].map(([key, stored]) => ({ key, ...stored }))
    return { ...replica.record, updates, outbox: [...replica.outbox.values()].sort(byTab) }
  }

  function write(document: DocumentId, change: ReplicaChange): Written {
    const replica = replicas.get(document) ?? emptyReplica()
    const { outcome, incarnation, record, isOther, added, gone } = decideChange(
      replica.record,
      change,
      random(),
    )
    if (!record) return { outcome, incarnation, keys: [] }
    replicas.set(document, replica)
    replica.record = record
    makeWay(document, replica, change, isOther)
    for (const mark of change.acked) forget(replica, mark)
    for (const edit of change.edits) replica.outbox.set(outboxName(edit), edit)
    for (const key of gone) replica.updates.delete(key)
    const keys = added.map((update) => {
      replica.updates.set(nextKey, update)
      return nextKey++
    })
    return { outcome, incarnation, keys }
  }

  function makeWay(
    document: DocumentId,
    replica: MemoryReplica,
    change: ReplicaChange,
    others: boolean,
  ): void {
    const going: StoredUpdate[] = []
    if (others || change.rebuilt) {
      going.push(...replica.updates.values())
      replica.updates.clear()
    }
    if (others) {
      for (const { update } of replica.outbox.values()) going.push({ update, version: 1 })
      replica.outbox.clear()
    }
    if (!change.aside) return
    const { updates, ...aside } = change.aside
    const kept = [...updates, ...going]
    if (kept.length > 0) asides.set(aside.id, { aside: { ...aside, document }, updates: kept })
  }

  return {
    persistent: false,
    load: (document) => Promise.resolve(load(document)),
    loadOutbox(document, known) {
      const stored = load(document)
      const isNew = ({ tab, number }: OutboxRecord): boolean => number > (known.get(tab) ?? 0)
      return Promise.resolve(stored && { ...stored, outbox: stored.outbox.filter(isNew) })
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
  return { record: null, updates: new Map(), outbox: new Map() }
}

function forget({ outbox }: MemoryReplica, { tab, through }: OutboxMark): void {
  for (const [name, record] of outbox) if (record.tab === tab && record.number <= through) outbox.delete(name)
}

function outboxName({ tab, number }: OutboxRecord): string {
  return `${tab} ${number}`
}

function byTab(a: OutboxRecord, b: OutboxRecord): number {
  return a.tab < b.tab ? -1 : a.tab > b.tab ? 1 : a.number - b.number
}
