import type { Check, Cursor, DocumentId, Lineage } from '@tidemark/base'
import type { OutboxRecord, ReplicaChange, ReplicaStore, Written } from '@tidemark/client/engine'
import * as Y from 'yjs'
import type { StoreWitness } from '../disk/store-disk.ts'
import { Contents, type Effect, effectOf } from './contents.ts'
import { Violation } from './violation.ts'

/** The effects of the log's entries after one check and up to another. */
export type EntriesBetween = (after: Check | null, through: Check) => readonly Effect[]

/** What a device's storage holds of each document, told by the storage itself when it becomes so. */
export class StoreTruth implements StoreWitness {
  readonly #device: string
  readonly #entriesBetween: EntriesBetween
  readonly #documents = new Map<DocumentId, StoredTruth>()
  readonly #aside = new Map<DocumentId, Contents>()
  readonly #lineages = new Map<DocumentId, Set<Lineage>>()

  constructor(device: string, entriesBetween: EntriesBetween) {
    this.#device = device
    this.#entriesBetween = entriesBetween
  }

  has(document: DocumentId, effect: Effect): boolean {
    return this.#documents.get(document)?.has(effect) ?? false
  }

  /** Whether edits lie in it that wait for the relay. */
  holdsUnsent(document: DocumentId): boolean {
    return this.#documents.get(document)?.holdsUnsent ?? false
  }

  /** Whether a replica that was kept aside has it. */
  hasAside(document: DocumentId, effect: Effect): boolean {
    return this.#aside.get(document)?.has(effect) ?? false
  }

  /** Whether it has been told of another history of this document than this one. */
  knewOther(document: DocumentId, lineage: Lineage): boolean {
    return [...(this.#lineages.get(document) ?? [])].some((each) => each !== lineage)
  }

  /** How far it has read the log of this document, and of which history; null: it does not know. */
  placeOf(document: DocumentId): Cursor | null {
    return this.#documents.get(document)?.cursor ?? null
  }

  async written(
    document: DocumentId,
    change: ReplicaChange,
    { outcome }: Written,
    store: ReplicaStore,
  ): Promise<void> {
    if (outcome === 'other-lineage' || outcome === 'wiped') return
    const truth = this.#documents.get(document) ?? new StoredTruth()
    this.#documents.set(document, truth)
    this.#learnLineage(document, change.lineage)
    if (change.kind === 'append') {
      truth.append(change)
      if (change.move !== null && outcome === 'written')
        await this.#cursorMoved(document, truth, change.move.cursor, store)
    } else {
      // Records went away: what remains is read, not believed.
      await truth.readFrom(store, document)
      if (change.cursor !== null) await this.#cursorMoved(document, truth, change.cursor, store)
    }
    if (change.kind === 'replace' && change.aside) await this.#setAside(document, change.aside.id, store)
  }

  async rewound(documents: readonly DocumentId[], store: ReplicaStore): Promise<void> {
    this.#documents.clear()
    this.#aside.clear()
    this.#lineages.clear()
    for (const document of documents) {
      const stored = await store.load(document)
      if (stored === null) continue
      const truth = new StoredTruth()
      await truth.readFrom(store, document)
      truth.cursor = stored.cursor
      this.#learnLineage(document, stored.lineage)
      this.#documents.set(document, truth)
    }
    for (const { id, document } of await store.listAside()) await this.#setAside(document, id, store)
  }

  /** C1: with the cursor, in the same transaction, comes all that it stands for. */
  async #cursorMoved(
    document: DocumentId,
    truth: StoredTruth,
    cursor: Cursor,
    store: ReplicaStore,
  ): Promise<void> {
    // A cursor that another tab has moved further stays where it is.
    const { cursor: before } = truth
    if (cursor.seq === 0 || (before?.lineage === cursor.lineage && before.seq >= cursor.seq)) return
    const missing = this.#entriesBetween(before?.check ?? null, cursor.check).filter(
      (effect) => !truth.has(effect),
    )
    const implied = missing.length > 0 ? await impliedBy(store, document) : null
    if (implied !== null && !missing.every((effect) => implied.has(effect))) {
      const message = `${this.#device} stores cursor ${cursor.seq} of ${document} without all that it stands for`
      throw new Violation('C1', message)
    }
    truth.cursor = cursor
  }

  #learnLineage(document: DocumentId, lineage: Lineage | null): void {
    if (lineage === null) return
    const lineages = this.#lineages.get(document) ?? new Set()
    this.#lineages.set(document, lineages.add(lineage))
  }

  async #setAside(document: DocumentId, id: string, store: ReplicaStore): Promise<void> {
    const aside = this.#aside.get(document) ?? new Contents()
    this.#aside.set(document, aside)
    for (const { update, version } of (await store.readAside(id)) ?? [])
      aside.learn(effectOf(update, version))
  }
}

/** What who loads it will have: of two values of one key Yjs itself deletes one, and no stored update says so. */
async function impliedBy(store: ReplicaStore, document: DocumentId): Promise<Contents> {
  const stored = await store.load(document)
  const doc = new Y.Doc()
  for (const { update, version } of stored?.updates ?? [])
    (version === 1 ? Y.applyUpdate : Y.applyUpdateV2)(doc, update)
  for (const { update } of stored?.outbox ?? []) Y.applyUpdate(doc, update)
  const contents = new Contents()
  contents.learn(effectOf(Y.encodeStateAsUpdate(doc)))
  doc.destroy()
  return contents
}

/** One document in a storage: its data, and the own edits that wait for the relay. */
class StoredTruth {
  cursor: Cursor | null = null
  #data: Effect[] = []
  #outbox: OutboxTruth[] = []
  /** Of all of it; null when something went away since. */
  #contents: Contents | null = new Contents()

  has(effect: Effect): boolean {
    this.#contents ??= contentsOf([...this.#data, ...this.#outbox.map((record) => record.effect)])
    return this.#contents.has(effect)
  }

  get holdsUnsent(): boolean {
    return this.#outbox.length > 0
  }

  append({ edits, acked, updates }: ReplicaChange & { kind: 'append' }): void {
    const before = this.#outbox.length
    for (const { tab, through } of acked) {
      this.#outbox = this.#outbox.filter((record) => record.tab !== tab || record.number > through)
    }
    if (this.#outbox.length < before) this.#contents = null
    for (const { update, version } of updates) this.#data.push(this.#learn(effectOf(update, version)))
    for (const record of edits) this.#outbox.push({ ...record, effect: this.#learn(effectOf(record.update)) })
  }

  async readFrom(store: ReplicaStore, document: DocumentId): Promise<void> {
    const stored = await store.load(document)
    this.#data = (stored?.updates ?? []).map(({ update, version }) => effectOf(update, version))
    this.#outbox = (stored?.outbox ?? []).map((record) => ({ ...record, effect: effectOf(record.update) }))
    this.#contents = null
    this.cursor = null
  }

  #learn(effect: Effect): Effect {
    this.#contents?.learn(effect)
    return effect
  }
}

interface OutboxTruth extends OutboxRecord {
  readonly effect: Effect
}

function contentsOf(effects: readonly Effect[]): Contents {
  const contents = new Contents()
  for (const effect of effects) contents.learn(effect)
  return contents
}
