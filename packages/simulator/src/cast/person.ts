import type { ReplicaStore } from '@tidemark/client'
import type { Ledger } from '../oracle/ledger.ts'
import type { TabNews } from '../oracle/tab-news.ts'
import type { Network, Notice } from '../world/network.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import type { Device } from './device.ts'
import { Tab } from './tab.ts'

export interface PersonDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly network: Network
  readonly ledger: Ledger
  readonly device: Device
  readonly name: string
  readonly documents: readonly string[]
  readonly wrapStore: (store: ReplicaStore) => ReplicaStore
  /** Whether they try again now to open a document that was refused for good. */
  readonly triesAgain: (document: string) => boolean
  readonly news: TabNews
}

/** Somebody at a device, with at most one tab at a time. */
export class Person {
  readonly name: string
  readonly device: Device
  readonly documents: readonly string[]
  readonly random: SeededRandom
  readonly #deps: PersonDeps
  #tab: Tab | null = null
  #tabs = 0
  #leaving: Tab[] = []
  #isAway = false

  constructor(deps: PersonDeps) {
    this.#deps = deps
    this.name = deps.name
    this.device = deps.device
    this.documents = deps.documents
    this.random = deps.random
  }

  /** The tab that is open now. */
  get tab(): Tab | null {
    return this.#tab?.process.alive ? this.#tab : null
  }

  /** Whether a tab that was left still stores what it held. */
  get isLeaving(): boolean {
    return this.#leaving.some(({ process }) => process.alive)
  }

  /** Ends all tabs without a word, and opens none before `comeBack`. */
  goAway(): void {
    this.#isAway = true
    this.kill('silent')
  }

  comeBack(): void {
    this.#isAway = false
    this.openTab()
  }

  /** Opens a tab with all documents of this person, unless there is one or they are away. */
  openTab(): void {
    if (this.tab !== null || this.#isAway) return
    const { world, random, network, ledger, device, wrapStore, triesAgain, news } = this.#deps
    const name = `${this.name}.${++this.#tabs}`
    this.#tab = new Tab({
      world,
      random: random.named(name),
      network,
      device,
      ledger,
      name,
      wrapStore,
      triesAgain,
      news,
    })
    for (const document of this.documents) this.#tab.open(document)
  }

  /** Ends all tabs without a word. */
  kill(notice: Notice): void {
    for (const tab of [...this.#leaving, ...(this.#tab ? [this.#tab] : [])]) tab.kill(notice)
  }

  /** Closes the tab in the orderly way. Another may be open before this one is done. */
  leave(): void {
    const { tab } = this
    if (tab === null) return
    this.#tab = null
    this.#leaving = this.#leaving.filter(({ process }) => process.alive)
    this.#leaving.push(tab)
    tab.leave()
  }
}
