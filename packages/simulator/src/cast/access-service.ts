import type { AccessGrant, AccessRefusal, AccessRequest } from '@tidemark/relay'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import type { AccessTable } from './access-table.ts'

/** How the service that knows the table does: at its best it answers within the call. */
export type ServiceState = 'prompt' | 'slow' | 'failing' | 'hanging'

/** What the relay asks: the table, behind a service that may be slow, fail, or never answer. */
export class AccessService {
  state: ServiceState = 'prompt'
  readonly #world: World
  readonly #random: SeededRandom
  readonly #table: AccessTable

  constructor(world: World, random: SeededRandom, table: AccessTable) {
    this.#world = world
    this.#random = random
    this.#table = table
  }

  readonly authorize = (
    request: AccessRequest,
  ): AccessGrant | AccessRefusal | Promise<AccessGrant | AccessRefusal> => {
    switch (this.state) {
      case 'prompt':
        return this.#random.chance(0.5) ? this.#decide(request) : this.#late(request, promptMs)
      case 'slow':
        return this.#late(request, slowMs)
      case 'failing':
        return Promise.reject(new Error('the service is down'))
      case 'hanging':
        return new Promise(() => {})
    }
  }

  /** It has looked into its table at some time between question and answer. */
  #late(request: AccessRequest, meanMs: number): Promise<AccessGrant | AccessRefusal> {
    const early = this.#random.chance(0.5) ? this.#decide(request) : null
    return new Promise((resolve) => {
      this.#world.after(this.#random.interval(meanMs), () => resolve(early ?? this.#decide(request)))
    })
  }

  #decide({ token, document }: AccessRequest): AccessGrant | AccessRefusal {
    const access = this.#table.of(token, document)
    if (access === null) return { refused: `${token} has no access to ${document}` }
    return { principal: token, access }
  }
}

const promptMs = 20
const slowMs = 2_000
