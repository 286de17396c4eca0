import type { DocumentId, Principal } from '@tidemark/base'
import type { RelayMessage } from '@tidemark/protocol'
import type { Network } from '../world/network.ts'
import { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import { codeOf, RawLink, type RawSession } from './raw-link.ts'
import { StockLink } from './stock-link.ts'

/**
 * What somebody is up to. An `outsider` has no access, a `reader` may read, an `insider` may write what people share
 * and sends there what the relay must refuse; a `vandal` may write one document that nobody else uses, and sends whatever
 * does harm.
 */
export type StrangerKind = 'outsider' | 'reader' | 'insider' | 'vandal'

export interface StrangerDeps {
  readonly world: World
  readonly network: Network
  readonly random: SeededRandom
  readonly name: string
  readonly kind: StrangerKind
  readonly documents: readonly DocumentId[]
  /** What the relay takes as one update. */
  readonly updateBytesMax: number
  /** The relay said something of note. */
  readonly count: (what: string) => void
}

/** A malicious or broken client: some connections of its own, and no scruples. */
export class Stranger {
  readonly name: Principal
  readonly kind: StrangerKind
  readonly process: Process
  readonly documents: readonly DocumentId[]
  readonly random: SeededRandom
  /** The Yjs client id under which it writes when it writes as it should. */
  readonly client: number
  /** The same for its connections of the other dialect. */
  readonly stockClient: number
  /** Under which it has announced itself, anywhere. */
  readonly presenceIds: Set<number> = new Set()
  readonly updateBytesMax: number
  readonly #deps: StrangerDeps
  #links: RawLink[] = []
  #stockLinks: StockLink[] = []

  constructor(deps: StrangerDeps) {
    this.#deps = deps
    this.name = deps.name
    this.kind = deps.kind
    this.documents = deps.documents
    this.random = deps.random
    this.updateBytesMax = deps.updateBytesMax
    this.client = deps.random.word()
    this.stockClient = deps.random.named('stock').word()
    this.process = new Process(deps.world, deps.name)
  }

  get links(): readonly RawLink[] {
    this.#links = this.#links.filter((link) => link.isOpen)
    return this.#links
  }

  /** A connection that has not said anything. At most a few at a time; then the oldest is cut. */
  dial(): RawLink {
    const { links } = this
    if (links.length >= linksMax) links[0]?.cut()
    const { network } = this.#deps
    const link = new RawLink({
      network,
      process: this.process,
      host: this.name,
      told: (message) => this.#told(message),
    })
    this.#links.push(link)
    return link
  }

  get stockLinks(): readonly StockLink[] {
    this.#stockLinks = this.#stockLinks.filter((link) => link.isOpen)
    return this.#stockLinks
  }

  /** A connection of the y-websocket dialect. As with the others, the oldest makes way. */
  dialStock(document: DocumentId): StockLink {
    const { stockLinks, process, name: host } = this
    if (stockLinks.length >= linksMax) stockLinks[0]?.cut()
    const { network } = this.#deps
    const closed = (reason: string): void => this.#heard(reason)
    const link = new StockLink({ network, process, host, document, closed })
    this.#stockLinks.push(link)
    return link
  }

  /** A connection that has introduced itself. */
  greet(): RawLink {
    const link = this.dial()
    link.say({ type: 'hello', version: 1, token: this.name })
    return link
  }

  /** It showed itself under these ids, or random bytes of it read so. */
  announced(ids: readonly number[]): void {
    for (const id of ids) this.presenceIds.add(id)
  }

  /** A session that is open, with its connection; undefined while there is none. */
  anySession(random: SeededRandom): readonly [RawLink, RawSession] | undefined {
    const open = this.links.flatMap((link) =>
      [...link.sessions.values()].map((session) => [link, session] as const),
    )
    return open.length === 0 ? undefined : random.pick(open)
  }

  #told(message: RelayMessage): void {
    const code = codeOf(message)
    if (code !== null) this.#heard(code)
  }

  #heard(code: string): void {
    this.#deps.world.record(this.name, 'told', code)
    this.#deps.count(`stranger told ${code}`)
  }
}

const linksMax = 4
