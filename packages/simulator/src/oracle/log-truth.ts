import type { DocumentId, Lineage } from '@tidemark/base'
import type { Append, LogState, LogStore, Receipt } from '@tidemark/log'
import * as Y from 'yjs'
import type { LogWitness } from '../disk/log-disk.ts'
import { Contents, effectOf } from './contents.ts'
import type { Edit, Ledger } from './ledger.ts'
import { Violation } from './violation.ts'

export interface DocumentTruth {
  readonly lineage: Lineage
  /** The log as a reference: a plain document, fed the entries in the order of their seqs. */
  readonly reference: Y.Doc
  readonly contents: Contents
  /** Every entry, also those that the log has cut since. */
  readonly updates: Uint8Array[]
}

/** What the relay's disk holds, told by the disk itself at the moment at which it becomes durable. */
export class LogTruth implements LogWitness {
  /** An older copy was put back at some time: what was durable may be gone. */
  wasRestored = false
  readonly #ledger: Ledger
  readonly #store: () => LogStore
  readonly #documents = new Map<DocumentId, DocumentTruth>()

  constructor(ledger: Ledger, store: () => LogStore) {
    this.#ledger = ledger
    this.#store = store
  }

  has({ document, effect }: Edit): boolean {
    return this.#documents.get(document)?.contents.has(effect) ?? false
  }

  /** Whether the log has it, or had it before an older copy was put back: nobody who was told then was told a lie. */
  hasHeld(edit: Edit): boolean {
    edit.reachedLog ||= this.has(edit)
    return edit.reachedLog
  }

  of(document: DocumentId): DocumentTruth | undefined {
    return this.#documents.get(document)
  }

  created(document: DocumentId, { lineage }: LogState): void {
    if (!this.#documents.has(document)) this.#documents.set(document, truthOf(lineage, []))
  }

  appended(document: DocumentId, { entries }: Append, { head }: Receipt): void {
    const truth = this.#mustGet(document)
    for (const { update } of entries) {
      truth.updates.push(update)
      truth.contents.learn(effectOf(update))
      applyEntry(truth.reference, update, document)
    }
    const length = truth.updates.length
    if (length !== head) throw new Violation('S9', `${document}: the head is ${head} after ${length} entries`)
  }

  restored(): void {
    this.wasRestored = true
    for (const edit of this.#ledger.edits) this.hasHeld(edit)
    for (const [document, { lineage, updates }] of this.#documents) {
      const state = this.#store().load(document)
      if (state === null) this.#documents.delete(document)
      else this.#documents.set(document, truthOf(lineage, updates.slice(0, state.head)))
    }
  }

  #mustGet(document: DocumentId): DocumentTruth {
    const truth = this.#documents.get(document)
    if (truth === undefined) throw new Violation('S9', `${document} was appended to before it was created`)
    return truth
  }
}

function truthOf(lineage: Lineage, updates: Uint8Array[]): DocumentTruth {
  const truth = { lineage, reference: new Y.Doc(), contents: new Contents(), updates }
  for (const update of updates) {
    truth.contents.learn(effectOf(update))
    Y.applyUpdate(truth.reference, update)
  }
  return truth
}

/** Every entry is causally closed over those before it: nothing may ever be pending. */
function applyEntry(reference: Y.Doc, update: Uint8Array, document: DocumentId): void {
  Y.applyUpdate(reference, update)
  const { pendingStructs, pendingDs } = reference.store
  if (pendingStructs !== null || pendingDs !== null)
    throw new Violation('R2', `${document}: an entry of the log has a gap`)
}
