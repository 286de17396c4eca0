import type { SeededRandom } from '@tidemark/simulator/oracle'
import { flipBit } from '../../harness/database-files.ts'
import { readStoredLog, type StoredDocument } from '../../harness/stored-log.ts'
import type { Person } from '../cast/person.ts'
import { startAnew } from '../restart.ts'
import type { Stage } from '../stage.ts'

/** Flips a bit in one of the bytes that `choose` names, in any document or in `only` that; null when there are none. */
export async function damage(
  { disk }: Stage,
  copy: string,
  random: SeededRandom,
  choose: (stored: StoredDocument) => readonly Uint8Array[],
  only?: string,
): Promise<string | null> {
  const candidates = [...(await readStoredLog(copy))].flatMap(([document, stored]) =>
    (only ?? document) === document ? choose(stored).map((bytes) => ({ document, bytes })) : [],
  )
  if (candidates.length === 0) return null
  const { document, bytes } = random.pick(candidates)
  return flipBit(disk.outside, bytes) > 0 ? document : null
}

/** The relay comes back on what it held before, or on something older: the devices give the log back what it lacks. */
export async function restore(stage: Stage, copy: string): Promise<void> {
  await stage.relay.kill()
  stage.disk.putBack(copy)
  stage.log.wasRestored = true
  await startAnew(stage)
}

export function isHalted({ tab }: Person, document: string): boolean {
  return tab === null || tab.documents.get(document)?.handle.status.error?.code === 'document/halted'
}
