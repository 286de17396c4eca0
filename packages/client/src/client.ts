import { type DocumentId, isDocumentId, TidemarkError } from '@tidemark/base'
import { applyUpdate, applyUpdateV2, Doc, encodeStateAsUpdate } from 'yjs'
import type { Client, ClientStatus, DocumentHandle, OnError, Token } from './api.ts'
import { createConnection } from './connection.ts'
import { createDocument, type OpenDocument } from './document.ts'
import { createListeners } from './listeners.ts'
import type { ClientPorts } from './ports.ts'
import type { StoredUpdate } from './store/replica-store.ts'

export interface EngineOptions {
  readonly url: string
  readonly token?: Token
  readonly onError?: OnError
}

interface Opened extends OpenDocument {
  readonly shared: DocumentHandle
  users: number
}

/** A client over the given ports: the same in a browser, in Node and in a simulation. */
export function createEngine(ports: ClientPorts, { url, token = '', onError }: EngineOptions): Client {
  const { clock, random, connect, environment, store } = ports
  const documents = new Map<DocumentId, Opened>()
  /** Documents that are being closed: opened anew, they must find on the device what is still on its way there. */
  const closing = new Map<DocumentId, Promise<void>>()
  const listeners = createListeners((cause) =>
    report(new TidemarkError('client/listener-threw', 'a subscriber threw', { cause }), null),
  )
  const stopListening = environment.subscribe((event) => {
    if (event === 'hidden' || event === 'shown')
      for (const { hurry } of documents.values()) hurry(event === 'hidden')
  })
  const siblings = ports.siblings?.(({ document, tab }) => documents.get(document)?.heard(tab))
  let closed: Promise<void> | null = null
  let status: ClientStatus = { connection: 'idle', error: null }

  const connection = createConnection({
    url,
    token,
    clock,
    random,
    connect,
    environment,
    changed: connectionChanged,
    report: (error) => report(error, null),
  })

  function report(error: TidemarkError, document: DocumentId | null): void {
    try {
      onError?.(error, document)
    } catch {
      // Whoever is told of errors has none to tell to.
    }
  }

  function connectionChanged(): void {
    for (const document of documents.values()) document.connectionChanged()
    const next = connection.status
    if (next.connection === status.connection && next.error === status.error) return
    status = next
    listeners.notify()
  }

  function open(id: DocumentId, access: 'read' | 'write'): Opened {
    const after = closing.get(id) ?? null
    const document = createDocument({
      id,
      access,
      after,
      ports,
      connection,
      tell: (tab) => siblings?.tell({ document: id, tab }),
      report: (error) => report(error, id),
    })
    const opened: Opened = {
      ...document,
      users: 0,
      // Getters must stay getters: the handle is the prototype.
      shared: Object.assign(Object.create(document.handle) as DocumentHandle, {
        close: () => closeOnce(id, opened),
      }),
    }
    documents.set(id, opened)
    return opened
  }

  async function closeOnce(id: DocumentId, opened: Opened): Promise<void> {
    if (opened.users === 0 || --opened.users > 0) return
    documents.delete(id)
    // The one before may still be storing: whoever opens the document next waits for both.
    const done = Promise.all([closing.get(id), opened.close()]).then(() => {})
    closing.set(id, done)
    await done.finally(() => {
      if (closing.get(id) === done) closing.delete(id)
    })
  }

  async function closeAll(): Promise<void> {
    stopListening()
    siblings?.leave()
    for (const [id, opened] of documents) {
      opened.users = 1
      closeOnce(id, opened).catch(() => {})
    }
    await Promise.all(closing.values())
    connection.close()
    await store.close()
  }

  return {
    open(id, { access = 'write' } = {}) {
      if (!isDocumentId(id)) throw new TidemarkError('document/bad-id', `no name of a document: ${id}`)
      if (closed) throw new TidemarkError('client/closed', 'the client was closed')
      const opened = documents.get(id) ?? open(id, access)
      opened.users++
      return opened.shared
    },
    get status() {
      return status
    },
    subscribe: listeners.subscribe,
    disconnect: () => connection.disconnect(),
    connect: () => connection.connect(),
    reconnect: () => connection.reconnect(),
    listAside: () => store.listAside(),
    async readAside(id) {
      const updates = await store.readAside(id)
      return updates && joinUpdates(updates)
    },
    deleteAside: (id) => store.deleteAside(id),
    close: () => (closed ??= closeAll()),
  }
}

/** As much as Yjs can make of it: one bad update does not take the others with it. */
function joinUpdates(updates: readonly StoredUpdate[]): Uint8Array {
  const doc = new Doc()
  for (const { update, version } of updates) {
    try {
      if (version === 1) applyUpdate(doc, update)
      else applyUpdateV2(doc, update)
    } catch {
      // Read on.
    }
  }
  return encodeStateAsUpdate(doc)
}
