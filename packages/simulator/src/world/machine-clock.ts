import type { World } from './world.ts'

/** The wall clock of a machine. It outlives the processes there, and may be wrong from the beginning. */
export class MachineClock {
  readonly #world: World
  readonly #name: string
  #skewMs: number

  constructor(world: World, name: string, skewMs: number = 0) {
    this.#world = world
    this.#name = name
    this.#skewMs = skewMs
  }

  /** How far it is ahead of the world. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** The wall clock jumps; timers do not. */
  jump(byMs: number): void {
    this.#skewMs += byMs
    this.#world.record(this.#name, 'clock jumped', Math.round(byMs))
  }
}
