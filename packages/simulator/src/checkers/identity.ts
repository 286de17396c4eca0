import type { DocumentId, Lineage, Principal } from '@tidemark/base'
import type { NewEntry } from '@tidemark/log'
import { structsOf } from '../oracle/units.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'
import { principalOf } from './provenance.ts'

/** What was written under one client id of one document, ever. */
interface Written {
  /** Who wrote first; null when it came another way than by a plain push, and nobody can tell. */
  readonly owner: Principal | null
  /** What each clock holds; null: deleted before it came. */
  readonly units: (string | null)[]
}

/**
 * S11: what one client wrote at one clock is one content, of one principal, over the whole history: also when the log
 * lost it and was given it back. A document that was made afresh has another history.
 */
export function createIdentity(scene: Scene): Checker {
  const histories = new Map<Lineage, Map<number, Written>>()

  function take(document: DocumentId, lineage: Lineage, entry: NewEntry): void {
    const clients = histories.get(lineage) ?? new Map<number, Written>()
    histories.set(lineage, clients)
    const owner = isPlain(entry) ? principalOf(entry) : null
    for (const { client, clock, units } of structsOf(entry.update)) {
      const written = clients.get(client) ?? { owner, units: [] }
      clients.set(client, written)
      if (owner !== null && written.owner !== null && owner !== written.owner)
        throw new Violation('S11', `${document}: ${owner} wrote under client ${client} of ${written.owner}`)
      for (const [i, unit] of units.entries()) takeUnit(document, written.units, client, clock + i, unit)
    }
  }

  scene.disk.watch({
    appended(document, { lineage, entries }) {
      for (const entry of entries) take(document, lineage, entry)
    },
  })
  return {}
}

function takeUnit(
  document: DocumentId,
  units: (string | null)[],
  client: number,
  clock: number,
  unit: string | null,
): void {
  const before = units[clock] ?? null
  if (before !== null && unit !== null && before !== unit)
    throw new Violation('S11', `${document}: clock ${clock} of client ${client} was ${before} and is ${unit}`)
  units[clock] = unit ?? before
}

function isPlain({ author }: NewEntry): boolean {
  return !author.includes('\u001f')
}
