import type { SeededRandom } from '../world/seeded-random.ts'
import type { TraceLine } from '../world/trace.ts'
import type { World } from '../world/world.ts'
import { keepsOne, type Mask } from './mask.ts'

/** Something that the seed decided to happen: a fault that strikes, a deed of a person. */
export interface Happening {
  readonly source: string
  /** The how manieth of its source, from 1. */
  readonly ordinal: number
  readonly timeMs: number
  /** What was recorded while it ran; empty unless somebody wants to read it. */
  readonly lines: readonly TraceLine[]
}

/**
 * What the seed decides to happen, one thing after the other. Each has a name, (source, ordinal), and randomness of its
 * own by that name: a run that leaves one out draws the same for all others. Whoever acts again and again must draw the
 * time until the next time from a stream that happenings do not draw from.
 */
export class Story {
  readonly happenings: Happening[] = []
  readonly #world: World
  readonly #random: SeededRandom
  readonly #mask: Mask
  readonly #reads: boolean
  readonly #ordinals = new Map<string, number>()

  constructor(world: World, random: SeededRandom, mask: Mask, reads: boolean) {
    this.#world = world
    this.#random = random
    this.#mask = mask
    this.#reads = reads
  }

  /** Lets it happen, unless it is left out. */
  happens(source: string, run: (random: SeededRandom, ordinal: number) => void): void {
    const ordinal = (this.#ordinals.get(source) ?? 0) + 1
    this.#ordinals.set(source, ordinal)
    if (!keepsOne(this.#mask, source, ordinal)) return
    const { trace, nowMs } = this.#world
    const before = trace.count
    const lines: TraceLine[] = []
    this.happenings.push({ source, ordinal, timeMs: nowMs, lines })
    run(this.#random.named(`${source} ${ordinal}`), ordinal)
    if (this.#reads) lines.push(...trace.since(before))
  }
}
