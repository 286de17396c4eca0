import { holds } from '../pause.ts'
import type { Stage } from '../stage.ts'

/** Within this time those are told whom a fault concerns, though their lines are bad. */
export const soonMs = 20_000

/** Whether something holds soon. Nobody waits as long as the SDK does after a connection was cut often. */
export async function isSoon({ people, signal }: Stage, condition: () => boolean): Promise<boolean> {
  const endMs = performance.now() + soonMs
  while (performance.now() < endMs && !signal.aborted) {
    if (await holds(condition, 1_000, signal)) return true
    for (const person of people) person.connect()
  }
  return false
}
