import type { DocumentStatus } from '@tidemark/client'
import {
  bindRoots,
  type DeviceFacts,
  type Edit,
  type EditVerb,
  type Ledger,
  type SeededRandom,
} from '@tidemark/simulator/oracle'
import type { Line } from '../../harness/line/line.ts'
import { createStockClient, type StockClient } from '../../harness/stock-client.ts'
import type { Person, Tab } from './person.ts'
import { createReplica, edit, type Replica } from './replica.ts'

export interface StockPersonDeps {
  readonly name: string
  readonly line: Line
  readonly documents: readonly string[]
  readonly ledger: Ledger
  readonly random: SeededRandom
}

interface StockTab extends Tab {
  readonly providers: ReadonlyMap<string, StockClient>
  readonly documents: ReadonlyMap<string, Replica>
}

/** Somebody with the published y-websocket client: told nothing, and without a storage. */
export class StockPerson implements Person {
  readonly name: string
  readonly line: Line
  readonly random: SeededRandom
  /** What a dropped tab had not delivered was promised to nobody. */
  readonly device: DeviceFacts
  readonly #deps: StockPersonDeps
  #tab: StockTab | null = null
  #tabs = 0

  constructor(deps: StockPersonDeps) {
    this.#deps = deps
    this.name = deps.name
    this.line = deps.line
    this.random = deps.random
    this.device = { name: deps.name, truth: { has: () => false, hasAside: () => false } }
  }

  get tab(): StockTab | null {
    return this.#tab
  }

  openTab(): Promise<void> {
    this.#tab ??= this.#newTab()
    return Promise.resolve()
  }

  dropTab(): void {
    const tab = this.#tab
    if (tab === null) return
    this.#tab = null
    this.line.cut()
    for (const client of tab.providers.values()) client.close()
  }

  leave(): Promise<void> {
    this.dropTab()
    return Promise.resolve()
  }

  edit(document: string, verb: EditVerb): Edit | null {
    const tab = this.#tab
    const replica = tab?.documents.get(document)
    if (!tab || !replica) return null
    return edit(
      this.#deps.ledger,
      { document, device: this.name, tab: tab.process.name },
      replica,
      this.random,
      verb,
    )
  }

  /** It comes back by itself, within a third of a second. */
  connect(): void {}

  unrest(document: string): string | null {
    const { provider } = this.#tab?.providers.get(document) ?? {}
    if (!provider) return 'it is not open'
    return provider.wsconnected && provider.synced ? null : 'a stock client that is not synced'
  }

  close(): Promise<void> {
    return this.leave()
  }

  #newTab(): StockTab {
    const { line, documents } = this.#deps
    const providers = new Map(
      documents.map((document) => [document, createStockClient(`${line.url}/y`, document)]),
    )
    return {
      process: { name: `${this.name}.${++this.#tabs}` },
      providers,
      documents: new Map([...providers].map(([document, client]) => [document, replicaOf(client)])),
    }
  }
}

function replicaOf({ doc }: StockClient): Replica {
  bindRoots(doc)
  return createReplica({ doc, status: statusOf(doc) })
}

/** In the SDK's words: what this client would say if it said anything. Nothing is ever promised. */
function statusOf(doc: StockClient['doc']): DocumentStatus {
  return {
    doc,
    generation: 1,
    loaded: true,
    connection: 'offline',
    edits: 'in-memory',
    unsaved: 0,
    access: null,
    seq: null,
    behind: 0,
    error: null,
  }
}
