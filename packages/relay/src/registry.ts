import type { DocumentId, TidemarkError } from '@tidemark/base'
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

  /** The document, from memory or beginning to load; null when memory holds as many as it may. */
  open(id: DocumentId): Document | null {
    const document = this.#documents.get(id)
    if (document !== undefined) return document
    return this.#documents.size < this.#deps.limits.documentsMax ? this.#load(id) : null
  }

  /** Work on a document found its log damaged, or failed. It may have left memory meanwhile. */
  failed(id: DocumentId, failure: TidemarkError): void {
    if (failure.code === 'log/failed') return this.#deps.onFailed(failure)
    const document = this.#documents.get(id) ?? this.#create(id)
    document.failed(failure)
  }

  #load(id: DocumentId): Document {
    const document = this.#create(id)
    document.start()
    return document
  }

  #create(id: DocumentId): Document {
    const onEvicted = (): void => {
      this.#documents.delete(id)
    }
    const document = new Document({ ...this.#deps, id, channel: ++this.#lastChannel, onEvicted })
    this.#documents.set(id, document)
    return document
  }
}
