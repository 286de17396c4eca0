import type { DocumentId } from '@tidemark/base'
import type { Doc } from 'yjs'
import type { Client, OnError, Token } from './api.ts'
import type { ReplicaStore } from './store/replica-store.ts'

export interface ClientOptions {
  /** `ws://` or `wss://`, as the relay prints it. */
  readonly url: string
  /** Asked for at each connection, when it is a function. */
  readonly token?: Token
  /** The database on this device; tabs with the same name share their documents. Default `tidemark`. */
  readonly name?: string
  /** Default: IndexedDB where there is one, memory otherwise. */
  readonly store?: ReplicaStore
  /**
   * When a stored edit counts as on this device. `relaxed`, the default: the operating system has it, which survives
   * the browser's end. `strict`: the disk has it, which survives a power loss and costs milliseconds per write.
   */
  readonly durability?: 'relaxed' | 'strict'
  /** Told of every operating error. Default: `console.warn`. */
  readonly onError?: OnError
  /** Makes the `Y.Doc` of a document, for its options. Never set its clientID: two writers under one lose edits. */
  readonly createDoc?: (id: DocumentId) => Doc
}

/** A client in a browser, a worker or Node. */
export function createClient(options: ClientOptions): Client {
  throw new Error(`not built yet: ${options.url}`)
}
