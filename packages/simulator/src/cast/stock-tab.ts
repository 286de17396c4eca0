import type { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { effectOf } from '../oracle/contents.ts'
import type { Edit, Ledger } from '../oracle/ledger.ts'
import type { TabNews, TabPlace } from '../oracle/tab-news.ts'
import { bindRoots } from '../people/edits.ts'
import type { Network, Notice } from '../world/network.ts'
import { type Page, within } from '../world/page.ts'
import { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import { createStockProvider } from './stock-provider.ts'
import { createWebSocketClass } from './stock-socket.ts'

export interface StockTabDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly network: Network
  readonly ledger: Ledger
  readonly name: string
  /** The machine it runs on, and the principal that its token stands for. */
  readonly host: string
  /** Whether somebody who was sent away for good connects again now. */
  readonly triesAgain: (document: string) => boolean
  readonly news: TabNews
}

/** A document that is open in a tab of a stock client. Nothing of it outlives the tab. */
export interface StockDocument {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  readonly edits: Edit[]
  /** Counts what changed the document: as long as it stays the same, so does the content. */
  changes: number
}

/** A page with stock y-websocket clients, in a process of its own. */
export class StockTab implements Page {
  readonly process: Process
  readonly #deps: StockTabDeps
  readonly #open = new Map<string, StockDocument>()

  constructor(deps: StockTabDeps, documents: readonly string[]) {
    this.#deps = deps
    this.process = new Process(deps.world, deps.name)
    deps.world.record(deps.name, 'opened')
    for (const document of documents) this.open(document)
  }

  get documents(): ReadonlyMap<string, StockDocument> {
    return this.#open
  }

  after(delayMs: number, what: string, run: () => void): () => void {
    return this.process.after(delayMs, what, run)
  }

  warned(text: string): void {
    this.#deps.world.record(this.#deps.name, 'warned', text.slice(0, 40))
  }

  open(document: string): void {
    if (this.#open.has(document)) return
    const { network, host, random, world, news } = this.#deps
    const doc = new Y.Doc()
    doc.clientID = random.word()
    const place = this.#place(document)
    news.tell((each) => each.created?.(place, doc.clientID))
    news.tell((each) => each.presence?.(place, {}))
    const provider = createStockProvider({
      page: this,
      WebSocket: createWebSocketClass(network, this.process, host, this),
      nowMs: () => world.nowMs,
      url: 'ws://relay/y',
      document,
      token: host,
      doc,
    })
    const open: StockDocument = { doc, provider, edits: [], changes: 0 }
    doc.on('update', () => open.changes++)
    provider.on('closed', () => this.#tryAgain(document, provider))
    bindRoots(doc)
    this.#open.set(document, open)
  }

  /** As an app does that shows the document no more. */
  close(document: string): void {
    const open = this.#open.get(document)
    this.#open.delete(document)
    within(this, () => {
      open?.provider.destroy()
      open?.doc.destroy()
    })
  }

  setPresence(document: string, state: Record<string, unknown> | null): void {
    this.#deps.news.tell((each) => each.presence?.(this.#place(document), state))
    within(this, () => this.#open.get(document)?.provider.awareness.setLocalState(state))
  }

  disconnect(document: string): void {
    within(this, () => this.#open.get(document)?.provider.disconnect())
  }

  connect(document: string): void {
    within(this, () => this.#open.get(document)?.provider.connect())
  }

  /** One transaction of a person, entered into the ledger as it happens. */
  edit(document: string, verb: (doc: Y.Doc) => void, token: string): Edit | null {
    const open = this.#open.get(document)
    if (open === undefined || !this.process.running) return null
    const { name, host, ledger } = this.#deps
    const updates: Uint8Array[] = []
    const listener = (update: Uint8Array): void => void updates.push(update)
    open.doc.on('update', listener)
    within(this, () => verb(open.doc))
    open.doc.off('update', listener)
    if (updates.length === 0) return null
    const effect = effectOf(Y.mergeUpdates(updates))
    const edit = ledger.add({ document, device: host, tab: name, effect, token })
    open.edits.push(edit)
    return edit
  }

  kill(notice: Notice): void {
    if (!this.process.alive) return
    this.process.kill()
    this.#deps.network.processDied(this.process, notice)
  }

  #place(document: string): TabPlace {
    const { name, host } = this.#deps
    return { tab: name, device: host, document }
  }

  /** The relay said that coming back is useless; whoever sits there comes back when there is a reason to believe in it. */
  #tryAgain(document: string, provider: WebsocketProvider): void {
    const { random, triesAgain } = this.#deps
    this.process.after(random.interval(tryAgainMs), 'tries again', () => {
      if (this.#open.get(document)?.provider !== provider || provider.shouldConnect) return
      if (triesAgain(document)) within(this, () => provider.connect())
      else this.#tryAgain(document, provider)
    })
  }
}

const tryAgainMs = 2_000
