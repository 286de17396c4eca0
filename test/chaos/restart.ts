import { Violation } from '@tidemark/simulator/oracle'
import type { RelayHost } from './relay-host.ts'
import type { Stage } from './stage.ts'

/** FAIL4: it finishes its commits, and exits with 0. */
export async function stopOrderly({ relay }: { readonly relay: RelayHost }): Promise<void> {
  if (!relay.isAlive) return
  const code = await relay.stop()
  if (code !== 0) throw new Violation('FAIL4', `the relay exited with ${code} after SIGTERM`)
}

/** Everybody tries now: whoever lost a relay stays away for a while, longer each time. */
export async function startAnew(
  { relay, people }: Stage,
  place?: { readonly folder: string; readonly prefix: readonly string[] },
): Promise<void> {
  await relay.start(place)
  for (const person of people) person.connect()
}
