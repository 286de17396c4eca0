import { type Check, type DocumentId, emptyCheck, type Lineage } from '@tidemark/base'
import type { Append, LogState, LogStore, Receipt } from '@tidemark/log'
import * as Y from 'yjs'
import type { LogWitness } from '../disk/log-disk.ts'
import { Contents, type Effect, effectOf } from './contents.ts'
import { Histories } from './histories.ts'
import type { Edit, Ledger } from './ledger.ts'
import { Violation } from './violation.ts'

export interface DocumentTruth {
  readonly lineage: Lineage
  /** The log as a reference: a plain document, fed the entries in the order of their seqs. */
  readonly reference: Y.Doc
  readonly contents: Contents
  head: number
  check: Check
  /** What `reference` held at some head. */
  implied: { readonly head: number; readonly contents: Contents }
}

export interface ArchivedEntry {
  readonly document: DocumentId
  readonly update: Uint8Array
  readonly effect: Effect
  readonly check: Check
  readonly before: Check
}

/** What the relay's disk holds, told by the disk itself at the moment at which it becomes durable. */
export class LogTruth implements LogWitness {
  /** An older copy was put back at some time: what was durable may be gone. */
  wasRestored = false
  readonly #ledger: Ledger
  readonly #store: () => LogStore
  readonly #documents = new Map<DocumentId, DocumentTruth>()
  /** Edits that were found in a document: what that has it keeps, until an older copy is put back. */
  readonly #held = new WeakMap<object, DocumentTruth>()
  /** Every entry there ever was, by its check: what a copy holds can be told from the check at its head. */
  readonly #archive = new Map<Check, ArchivedEntry>()
  readonly #histories = new Histories()

  constructor(ledger: Ledger, store: () => LogStore) {
    this.#ledger = ledger
    this.#store = store
  }

  of(document: DocumentId): DocumentTruth | undefined {
    return this.#documents.get(document)
  }

  has(edit: Pick<Edit, 'document' | 'effect'>): boolean {
    const truth = this.#documents.get(edit.document)
    if (truth === undefined) return false
    if (this.#held.get(edit) === truth) return true
    const isHeld = truth.contents.has(edit.effect) || impliedBy(truth).has(edit.effect)
    if (isHeld) this.#held.set(edit, truth)
    return isHeld
  }

  /** Whether the log has it, or had it before an older copy was put back: nobody who was told then was told a lie. */
  hasHeld(edit: Edit): boolean {
    edit.reachedLog ||= this.has(edit)
    return edit.reachedLog
  }

  created(document: DocumentId, { lineage }: LogState): void {
    if (!this.#documents.has(document)) this.#documents.set(document, emptyTruth(lineage))
  }

  appended(document: DocumentId, { entries }: Append, { head, checks }: Receipt): void {
    const truth = this.#documents.get(document)
    if (truth === undefined) throw new Violation('S9', `${document} was appended to before it was created`)
    for (const [index, { update, author }] of entries.entries()) {
      const check = checks[index] as Check
      const entry = { document, update, effect: effectOf(update), check, before: truth.check }
      this.#archive.set(check, entry)
      this.#histories.appended(document, truth.lineage, author, entry.effect)
      extend(truth, entry, document)
    }
    if (truth.head !== head)
      throw new Violation('S9', `${document}: the head is ${head} after ${truth.head} entries`)
  }

  restored(): void {
    this.wasRestored = true
    for (const edit of this.#ledger.edits) this.hasHeld(edit)
    const store = this.#store()
    for (const [document, truth] of this.#documents) this.#histories.lost(document, truth)
    this.#documents.clear()
    for (const document of store.list(null, Number.MAX_SAFE_INTEGER)) {
      const { lineage, check } = store.load(document) as LogState
      const truth = emptyTruth(lineage)
      this.#documents.set(document, truth)
      for (const each of this.#history(emptyCheck, check)) extend(truth, each, document)
    }
  }

  /** The entry, of any document, after which a log had this check. */
  entry(check: Check): ArchivedEntry | undefined {
    return this.#archive.get(check)
  }

  /** Every entry of a document, the first one first. */
  history(document: DocumentId): readonly ArchivedEntry[] {
    const truth = this.#documents.get(document)
    return truth === undefined ? [] : this.#history(emptyCheck, truth.check)
  }

  /** What a cursor at `through` stands for beyond one at `after`; beyond nothing when that led elsewhere. */
  entriesBetween(after: Check | null, through: Check): readonly Effect[] {
    return this.#history(after ?? emptyCheck, through).map(({ effect }) => effect)
  }

  /** The entries from `after` to `last`, the first one first; all when `after` is not on the way. */
  #history(after: Check, last: Check): readonly ArchivedEntry[] {
    const history: ArchivedEntry[] = []
    for (let check = last; check !== emptyCheck && check !== after; ) {
      const entry = this.#archive.get(check)
      if (entry === undefined) throw new Violation('S4', 'a cursor or a copy names an entry that never was')
      history.push(entry)
      check = entry.before
    }
    return history.reverse()
  }
}

function emptyTruth(lineage: Lineage): DocumentTruth {
  const implied = { head: 0, contents: new Contents() }
  return { lineage, reference: new Y.Doc(), contents: new Contents(), head: 0, check: emptyCheck, implied }
}

/** What arrives in a parent that is deleted already counts as deleted: no entry says so, every replica knows. */
function impliedBy(truth: DocumentTruth): Contents {
  if (truth.implied.head !== truth.head) {
    const contents = new Contents()
    contents.learn(effectOf(Y.encodeStateAsUpdate(truth.reference)))
    truth.implied = { head: truth.head, contents }
  }
  return truth.implied.contents
}

/** Every entry is causally closed over those before it: nothing may ever be pending. */
function extend(truth: DocumentTruth, { update, effect, check }: ArchivedEntry, document: DocumentId): void {
  truth.contents.learn(effect)
  truth.reference.transact((transaction) => {
    Y.applyUpdate(truth.reference, update)
    // After a remote transaction Yjs tidies formats up, with deletions of its own that no log has.
    transaction.local = true
  })
  truth.head++
  truth.check = check
  const { pendingStructs, pendingDs } = truth.reference.store
  if (pendingStructs !== null || pendingDs !== null)
    throw new Violation('R2', `${document}: an entry of the log has a gap`)
}
