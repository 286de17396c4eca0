import { inflateRawSync } from 'node:zlib'
import type { DocumentId, Seq } from '@tidemark/base'
import { Contents, type Edit, effectOf, type LogFacts } from '@tidemark/simulator/oracle'
import * as Y from 'yjs'
import { replayed, type StoredDocument } from '../harness/stored-log.ts'

interface DocumentFacts {
  readonly head: Seq
  readonly reference: Y.Doc
  readonly contents: Contents
}

/** What the relay's database held when it was looked at last: whenever the relay was stopped at rest. */
export class StoredFacts implements LogFacts {
  wasRestored = false
  #documents: ReadonlyMap<DocumentId, DocumentFacts> = new Map()

  learn(stored: ReadonlyMap<DocumentId, StoredDocument>): void {
    this.#documents = new Map([...stored].map(([document, each]) => [document, factsOf(each)]))
  }

  lossesOf(): number {
    return this.wasRestored ? 1 : 0
  }

  of(document: DocumentId): DocumentFacts | undefined {
    return this.#documents.get(document)
  }

  has({ document, effect }: Edit): boolean {
    return this.#documents.get(document)?.contents.has(effect) ?? false
  }

  /** A database in use cannot be looked into without becoming a part of it. What it must hold is asked at rest: S2. */
  hasHeld(): boolean {
    return true
  }
}

function factsOf(stored: StoredDocument): DocumentFacts {
  const reference = replayed(stored)
  const contents = new Contents()
  if (stored.snapshot) contents.learn(effectOf(inflateRawSync(stored.snapshot.body), 2))
  for (const { update } of stored.entries) contents.learn(effectOf(update))
  // What arrives in a parent that is deleted already counts as deleted: no entry says so, every replica knows.
  contents.learn(effectOf(Y.encodeStateAsUpdate(reference)))
  return { head: stored.head, reference, contents }
}
