import { type Check, type DocumentId, emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import type { Append, LogState, Receipt } from '@tidemark/log'
import * as Y from 'yjs'
import type { LogMemory } from '../disk/log-witness.ts'
import { Contents, type Effect, effectOf, type Range } from './contents.ts'
import { Histories } from './histories.ts'
import type { Edit, Ledger } from './ledger.ts'
import { Violation } from './violation.ts'

export interface DocumentTruth {
  readonly lineage: Lineage
  /** The log as a reference: a plain document, fed the entries in the order of their seqs. */
  readonly reference: Y.Doc
  readonly contents: Contents
  /** All there ever were, compacted or not: entry n at n - 1. */
  readonly entries: ArchivedEntry[]
  /** The next clock of each client. */
  readonly clocks: Map<number, number>
  head: number
  check: Check
  /** What `reference` held at some head. */
  implied: { readonly head: number; readonly contents: Contents }
}

export interface ArchivedEntry {
  readonly document: DocumentId
  readonly seq: Seq
  readonly update: Uint8Array
  readonly author: string
  readonly effect: Effect
  readonly check: Check
  readonly before: Check
}

/** Where each document's log ended at some moment: the archive has the rest. */
export type LogHeads = ReadonlyMap<DocumentId, { readonly lineage: Lineage; readonly check: Check }>

/**
 * What the relay's disk holds, told by the disk itself at the moment at which it becomes durable. It keeps all of it by
 * itself, and never asks a store: that may be damaged.
 */
export class LogTruth implements LogMemory<LogHeads> {
  readonly nothing: LogHeads = new Map()
  readonly #ledger: Ledger
  /** Whether Yjs may fail on it, or never finish: it is not read. */
  readonly isHarmed: (document: DocumentId) => boolean
  readonly #documents = new Map<DocumentId, DocumentTruth>()
  /** Edits that were found in a document: what that has it keeps, until an older copy is put back. */
  readonly #held = new WeakMap<object, DocumentTruth>()
  /** Every entry there ever was, by its check: what a copy holds can be told from the check at its head. */
  readonly #archive = new Map<Check, ArchivedEntry>()
  readonly #histories: Histories
  readonly #losses = new Map<DocumentId, number>()

  /** `remembers`: whether whoever made an edit can still know that it is in another history than this one. */
  constructor(
    ledger: Ledger,
    isHarmed: (document: DocumentId) => boolean,
    remembers: (edit: Edit, lineage: Lineage) => boolean = () => true,
  ) {
    this.#ledger = ledger
    this.isHarmed = isHarmed
    this.#histories = new Histories((document, lineage, { structs }, author) =>
      ledger.edits.some(
        (edit) =>
          edit.document === document &&
          edit.promisedSaved &&
          structs.some((one) => isPartOf(one, edit)) &&
          (edit.device !== author || remembers(edit, lineage)),
      ),
    )
  }

  get documents(): ReadonlyMap<DocumentId, DocumentTruth> {
    return this.#documents
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

  /** How often a copy was put back that holds something else of this document: what was durable may be gone. */
  lossesOf(document: DocumentId): number {
    return this.#losses.get(document) ?? 0
  }

  /** Whether the log has it, or had it before an older copy was put back: nobody who was told then was told a lie. */
  hasHeld(edit: Edit): boolean {
    edit.reachedLog ||= this.has(edit)
    return edit.reachedLog
  }

  created(document: DocumentId, { lineage, head }: LogState): void {
    const truth = this.#documents.get(document) ?? emptyTruth(lineage)
    this.#documents.set(document, truth)
    if (truth.lineage !== lineage || truth.head !== head)
      throw new Violation(
        'S9',
        `${document} was created at ${head} of ${lineage}, and stands at ${truth.head}`,
      )
  }

  appended(document: DocumentId, { entries, after, lineage }: Append, { head, checks }: Receipt): void {
    const truth = this.#documents.get(document)
    if (truth === undefined) throw new Violation('S9', `${document} was appended to before it was created`)
    if (truth.lineage !== lineage) throw new Violation('S9', `${document} was appended to in another lineage`)
    if (truth.head !== after)
      throw new Violation('S9', `${document}: entry ${after + 1} was written when the head was ${truth.head}`)
    for (const [index, { update, author }] of entries.entries()) {
      const check = checks[index] as Check
      const [seq, before] = [truth.head + 1, truth.check]
      const entry = { document, seq, update, author, effect: effectOf(update), check, before }
      this.#archive.set(check, entry)
      this.#histories.appended(document, truth.lineage, author, entry.effect)
      this.#extend(truth, entry, document)
    }
    if (truth.head !== head)
      throw new Violation('S9', `${document}: the head is ${head} after ${truth.head} entries`)
  }

  remember(): LogHeads {
    return new Map(Array.from(this.#documents, ([id, { lineage, check }]) => [id, { lineage, check }]))
  }

  restored(heads: LogHeads): void {
    for (const edit of this.#ledger.edits) this.hasHeld(edit)
    for (const [document, { check }] of this.#documents)
      if (heads.get(document)?.check !== check) this.#losses.set(document, this.lossesOf(document) + 1)
    for (const [document, truth] of this.#documents) this.#histories.lost(document, truth)
    this.#documents.clear()
    for (const [document, { lineage, check }] of heads) {
      const truth = emptyTruth(lineage)
      this.#documents.set(document, truth)
      for (const each of this.#history(emptyCheck, check)) this.#extend(truth, each, document)
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

  #extend(truth: DocumentTruth, entry: ArchivedEntry, document: DocumentId): void {
    learn(truth, entry)
    if (!this.isHarmed(document)) replay(truth.reference, [entry.update], document)
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

/** Applies updates as a log does: every entry is causally closed over those before it, nothing may ever be pending. */
export function replay(doc: Y.Doc, updates: Iterable<Uint8Array>, document: DocumentId): void {
  for (const update of updates) {
    doc.transact((transaction) => {
      apply(doc, update, document)
      // After a remote transaction Yjs tidies formats up, with deletions of its own that no log has.
      transaction.local = true
    })
  }
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
    throw new Violation('R2', `${document}: an entry of the log has a gap`)
}

/** ADM1: nothing that Yjs fails on gets into the log. */
function apply(doc: Y.Doc, update: Uint8Array, document: DocumentId): void {
  try {
    Y.applyUpdate(doc, update)
  } catch (error) {
    throw new Violation('ADM1', `${document}: Yjs fails on an entry of the log: ${String(error)}`)
  }
}

function isPartOf({ client, clock }: Range, { effect }: Edit): boolean {
  return effect.structs.some(
    (range) => range.client === client && clock >= range.clock && clock < range.clock + range.length,
  )
}

function emptyTruth(lineage: Lineage): DocumentTruth {
  const implied = { head: 0, contents: new Contents() }
  return {
    lineage,
    reference: new Y.Doc(),
    contents: new Contents(),
    entries: [],
    clocks: new Map(),
    head: 0,
    check: emptyCheck,
    implied,
  }
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

function learn(truth: DocumentTruth, entry: ArchivedEntry): void {
  truth.contents.learn(entry.effect)
  for (const { client, clock, length } of entry.effect.structs) truth.clocks.set(client, clock + length)
  truth.entries.push(entry)
  truth.head++
  truth.check = entry.check
}
