import type { DocumentId } from '@tidemark/base'
import { Document, type DocumentDeps } from './document.ts'

export type RegistryDeps = Omit<DocumentDeps, 'id' | 'channel' | 'onEvicted'>

/** The documents that are in memory. Each gets a channel number that is never used again on this relay. */
export class Registry {
  readonly #deps: RegistryDeps
  readonly #documents = new Map<DocumentId, Document>()
  #lastChannel = 0

  constructor(deps: RegistryDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#documents.size
  }

  all(): Iterable<Document> {
    return this.#documents.values()
  }

  /** The document, from memory or beginning to load. */
  open(id: DocumentId): Document {
    return this.#documents.get(id) ?? this.#load(id)
  }

  #load(id: DocumentId): Document {
    const onEvicted = (): void => {
      this.#documents.delete(id)
    }
    const document = new Document({ ...this.#deps, id, channel: ++this.#lastChannel, onEvicted })
    this.#documents.set(id, document)
    document.start()
    return document
  }
}
