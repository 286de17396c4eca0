import type { JoinSiblings, SiblingNote } from '@tidemark/client/engine'
import type { Process } from './process.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { World } from './world.ts'

export interface PageChannelConditions {
  readonly lossChance: number
  readonly repeatChance: number
  readonly delayMs: number
}

interface Member {
  readonly process: Process
  readonly heard: (note: SiblingNote) => void
}

/** What the pages of one browser tell each other: copies arrive late, twice, in any order, or never. */
export class PageChannel {
  readonly #world: World
  readonly #random: SeededRandom
  readonly #conditions: PageChannelConditions
  #members: Member[] = []

  constructor(world: World, random: SeededRandom, conditions: PageChannelConditions) {
    this.#world = world
    this.#random = random
    this.#conditions = conditions
  }

  /** The channel as one page sees it. */
  join(process: Process): JoinSiblings {
    return (heard) => {
      const member: Member = { process, heard }
      this.#members = [...this.#members.filter((each) => each.process.alive), member]
      return {
        tell: (note) => this.#tell(member, { ...note }),
        leave: () => {
          this.#members = this.#members.filter((each) => each !== member)
        },
      }
    }
  }

  #tell(teller: Member, note: SiblingNote): void {
    const { lossChance, repeatChance } = this.#conditions
    for (const member of this.#members) {
      if (member === teller || this.#random.chance(lossChance)) continue
      const times = this.#random.chance(repeatChance) ? 2 : 1
      for (let i = 0; i < times; i++) this.#deliver(member, note)
    }
  }

  #deliver(member: Member, note: SiblingNote): void {
    this.#world.after(this.#random.interval(this.#conditions.delayMs), () =>
      member.process.enter(() => {
        if (this.#members.includes(member)) member.heard({ ...note })
      }),
    )
  }
}
