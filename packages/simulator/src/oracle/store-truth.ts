import type { DocumentId } from '@tidemark/base'
import type { ReplicaChange, ReplicaStore, Written } from '@tidemark/client/engine'
import type { StoreWitness } from '../disk/store-disk.ts'
import { Contents, type Effect, effectOf } from './contents.ts'

/** What a device's storage holds of each document, told by the storage itself when it becomes so. */
export class StoreTruth implements StoreWitness {
  readonly #documents = new Map<DocumentId, Contents>()
  readonly #aside = new Map<DocumentId, Contents>()

  has(document: DocumentId, effect: Effect): boolean {
    return this.#documents.get(document)?.has(effect) ?? false
  }

  /** Whether a replica that was kept aside has it. */
  hasAside(document: DocumentId, effect: Effect): boolean {
    return this.#aside.get(document)?.has(effect) ?? false
  }

  async written(
    document: DocumentId,
    change: ReplicaChange,
    { outcome }: Written,
    store: ReplicaStore,
  ): Promise<void> {
    if (outcome === 'other-lineage') return
    if (change.kind === 'append') return this.#learn(document, change)
    // Records went away: what remains is read, not believed.
    this.#documents.set(document, await contentsOf(store, document))
    if (change.kind === 'replace' && change.aside) await this.#setAside(document, change.aside.id, store)
  }

  async #setAside(document: DocumentId, id: string, store: ReplicaStore): Promise<void> {
    const aside = this.#aside.get(document) ?? new Contents()
    this.#aside.set(document, aside)
    for (const { update, version } of (await store.readAside(id)) ?? [])
      aside.learn(effectOf(update, version))
  }

  #learn(document: DocumentId, { edits, updates }: ReplicaChange & { kind: 'append' }): void {
    const contents = this.#documents.get(document) ?? new Contents()
    this.#documents.set(document, contents)
    for (const { update } of edits) contents.learn(effectOf(update))
    for (const { update, version } of updates) contents.learn(effectOf(update, version))
  }
}

async function contentsOf(store: ReplicaStore, document: DocumentId): Promise<Contents> {
  const contents = new Contents()
  const stored = await store.load(document)
  for (const { update, version } of stored?.updates ?? []) contents.learn(effectOf(update, version))
  for (const { update } of stored?.outbox ?? []) contents.learn(effectOf(update))
  return contents
}
