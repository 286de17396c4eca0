import { Violation } from './oracle/violation.ts'
import type { Scene } from './scene.ts'

/** A drill begins, under this name in the trace and in what a campaign counts. */
export function begin(scene: Scene, name: string): void {
  scene.world.record('world', 'drill', name)
  scene.count(`drill ${name}`)
}

/** Runs until it is so; a violation of this property when that takes longer. */
export function require(
  { world }: Scene,
  property: string,
  withinMs: number,
  what: string,
  isSo: () => boolean,
): void {
  world.record('world', 'waiting', what)
  if (world.run(world.nowMs + withinMs, isSo)) return
  throw new Violation(property, `${withinMs} ms are over before ${what}`)
}
