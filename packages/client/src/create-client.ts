import type { DocumentId } from '@tidemark/base'
import { Doc } from 'yjs'
import type { Client, OnError, Token } from './api.ts'
import { createEngine } from './client.ts'
import { createSystemClock } from './platform/clock.ts'
import { inflate } from './platform/deflate.ts'
import { createEnvironment } from './platform/environment.ts'
import { createSiblings } from './platform/siblings.ts'
import { connectWebSocket } from './platform/web-socket.ts'
import type { ClientPorts } from './ports.ts'
import { createIdbStore } from './store/idb-store.ts'
import { createMemoryStore } from './store/memory-store.ts'
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
  const {
    url,
    token = '',
    name = 'tidemark',
    durability,
    onError = warn,
    createDoc = () => new Doc(),
  } = options
  // Who brings a store knows whether pages share it.
  const isShared = !options.store && 'indexedDB' in globalThis
  const clock = createSystemClock()
  const store = options.store ?? (isShared ? createIdbStore(name, clock, durability) : createMemoryStore())
  const ports: ClientPorts = {
    clock,
    random: Math.random,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    connect: connectWebSocket,
    environment: createEnvironment(),
    ...(isShared && { siblings: createSiblings(name) }),
    store,
    inflate,
    loadDigest: async () => (await import('@tidemark/updates/digest')).digest,
    createDoc,
  }
  return createEngine(ports, { url, token, onError })
}

// Somebody who gives no `onError` is told where developers look.
// oxlint-disable-next-line no-console
const warn: OnError = (error, document) => console.warn(`tidemark: ${document ?? ''} ${error.code}:`, error)
