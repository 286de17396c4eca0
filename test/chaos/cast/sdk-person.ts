import { type Client, createClient, type DocumentHandle } from '@tidemark/client'
import {
  bindRoots,
  type Edit,
  type EditVerb,
  type Ledger,
  type SeededRandom,
} from '@tidemark/simulator/oracle'
import type { Line } from '../../harness/line/line.ts'
import type { Device, TabStore } from './device.ts'
import type { Person, Tab } from './person.ts'
import { createReplica, edit, type Replica } from './replica.ts'

export interface SdkPersonDeps {
  readonly name: string
  readonly device: Device
  readonly line: Line
  readonly documents: readonly string[]
  readonly ledger: Ledger
  readonly random: SeededRandom
  /** Something may have been promised. */
  readonly look: () => void
}

interface SdkReplica extends Replica {
  readonly handle: DocumentHandle
}

interface SdkTab extends Tab {
  readonly client: Client
  readonly store: TabStore
  readonly documents: Map<string, SdkReplica>
}

/** Somebody who uses the SDK, as an app does. */
export class SdkPerson implements Person {
  readonly name: string
  readonly device: Device
  readonly line: Line
  readonly random: SeededRandom
  readonly #deps: SdkPersonDeps
  #tab: SdkTab | null = null
  #tabs = 0
  /** Tabs that were dropped, or are being left. */
  readonly #ending = new Set<Promise<void>>()

  constructor(deps: SdkPersonDeps) {
    this.#deps = deps
    this.name = deps.name
    this.device = deps.device
    this.line = deps.line
    this.random = deps.random
  }

  get tab(): SdkTab | null {
    return this.#tab
  }

  async openTab(): Promise<void> {
    // What the last tab still stores, the next one must find.
    await this.device.settled()
    if (this.#tab !== null) return
    this.#tab = this.#newTab()
    // What the device holds now is what this tab must show; what another tab stores later it may learn of later.
    this.#deps.look()
  }

  dropTab(): void {
    const tab = this.#tab
    if (tab === null) return
    this.#tab = null
    tab.store.cut()
    tab.client.disconnect()
    this.line.cut()
    void this.#end(tab.client.close())
  }

  async leave(): Promise<void> {
    const tab = this.#tab
    if (tab === null) return
    this.#tab = null
    await this.#end(tab.client.close())
  }

  edit(document: string, verb: EditVerb): Edit | null {
    const tab = this.#tab
    const replica = tab?.documents.get(document)
    if (!tab || !replica) return null
    const place = { document, device: this.device.name, tab: tab.process.name }
    return edit(this.#deps.ledger, place, replica, this.random, verb)
  }

  /** Asks for the relay's word that all edits so far are durable. */
  awaitSaved(document: string): void {
    const replica = this.#tab?.documents.get(document)
    if (!replica) return
    const soFar = [...replica.edits]
    replica.handle.saved().then(
      () => {
        replica.acked.push(...soFar)
        this.#deps.look()
      },
      // Closed before: nothing was said.
      () => {},
    )
  }

  connect(): void {
    this.#tab?.client.connect()
  }

  disconnect(): void {
    this.#tab?.client.disconnect()
  }

  unrest(document: string): string | null {
    const replica = this.#tab?.documents.get(document)
    if (!replica) return 'it is not open'
    const { connection, edits, behind, error } = replica.handle.status
    if (connection === 'live' && edits === 'saved' && behind === 0) return null
    return `${connection}, ${edits}, behind by ${behind}${error ? `, ${error.code}: ${error.message}` : ''}`
  }

  async close(): Promise<void> {
    await this.leave()
    await Promise.all(this.#ending)
  }

  #end(closed: Promise<void>): Promise<void> {
    this.#ending.add(closed)
    return closed.finally(() => this.#ending.delete(closed))
  }

  #newTab(): SdkTab {
    const { device, line, documents, look } = this.#deps
    const store = device.open()
    const tab: SdkTab = {
      process: { name: `${this.name}.${++this.#tabs}` },
      store,
      documents: new Map(),
      client: createClient({
        url: line.url,
        store,
        onError({ code }, document) {
          // What the status says from now on is about another document, which does not have these edits.
          const replica = document === null ? undefined : tab.documents.get(document)
          if (code === 'replica/set-aside' || code === 'document/other-lineage') replica?.edits.splice(0)
        },
      }),
    }
    for (const document of documents) tab.documents.set(document, open(tab, document, look))
    return tab
  }
}

function open({ client, store }: SdkTab, document: string, look: () => void): SdkReplica {
  const handle = client.open(document)
  const replica = { ...createReplica(handle), handle }
  let doc = handle.doc
  bindRoots(doc)
  handle.synced.catch(() => {})
  handle.subscribe(() => {
    if (handle.doc !== doc) {
      doc = handle.doc
      bindRoots(doc)
    }
    replica.isRead ||= store.hasRead(document)
    look()
  })
  return replica
}
