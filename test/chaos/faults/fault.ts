import type { SeededRandom } from '@tidemark/simulator/oracle'
import type { Person } from '../cast/person.ts'
import { pause } from '../pause.ts'
import type { Stage } from '../stage.ts'

/** Something bad that befalls somebody, and passes. Resolves when it has passed, and undoes itself when it is over. */
export interface Fault<Victim> {
  readonly name: string
  strike(victim: Victim, stage: Stage, random: SeededRandom, over: AbortSignal): Promise<void>
}

export interface Storm<Kind> {
  readonly faults: readonly Kind[]
  /** Between two strikes, on average. */
  readonly everyMs: number
}

export type PersonFault = Fault<Person>

/** Strikes again and again, one fault after the other, until it is over. */
export async function rage<Victim>(
  { faults, everyMs }: Storm<Fault<Victim>>,
  victim: Victim,
  stage: Stage,
  random: SeededRandom,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await pause(random.interval(everyMs), over)
    if (over.aborted) return
    const fault = random.pick(faults)
    stage.count(fault.name)
    await fault.strike(victim, stage, random, over)
  }
}
