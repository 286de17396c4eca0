import type { SeededRandom } from '../world/seeded-random.ts'
import { StockTab, type StockTabDeps } from './stock-tab.ts'

export interface StockPersonDeps extends Omit<StockTabDeps, 'name'> {
  readonly documents: readonly string[]
}

/** Somebody with a stock y-websocket client, at a machine of their own, with at most one tab at a time. */
export class StockPerson {
  readonly name: string
  /** The machine, and the principal. */
  readonly host: string
  readonly documents: readonly string[]
  readonly random: SeededRandom
  readonly #deps: StockPersonDeps
  #tab: StockTab | null = null
  #tabs = 0
  #isAway = false

  constructor(name: string, deps: StockPersonDeps) {
    this.name = name
    this.host = deps.host
    this.documents = deps.documents
    this.random = deps.random
    this.#deps = deps
  }

  get tab(): StockTab | null {
    return this.#tab?.process.alive ? this.#tab : null
  }

  /** Ends the tab without a word, and opens none before `comeBack`. */
  goAway(): void {
    this.#isAway = true
    this.tab?.kill('silent')
  }

  comeBack(): void {
    this.#isAway = false
    this.openTab()
  }

  /** Opens a tab with all documents of this person, unless there is one or they are away. */
  openTab(): void {
    if (this.tab !== null || this.#isAway) return
    const name = `${this.name}.${++this.#tabs}`
    this.#tab = new StockTab({ ...this.#deps, name, random: this.random.named(name) }, this.documents)
  }
}
