import { TidemarkError } from '@tidemark/base'
import { type SeededRandom, Violation } from '@tidemark/simulator/oracle'
import type { StoredDocument } from '../../harness/stored-log.ts'
import type { Person } from '../cast/person.ts'
import { holds } from '../pause.ts'
import { startAnew, stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import { damage, isHalted, restore } from './damage.ts'
import type { DiskFaultKind } from './disk-fault.ts'
import { isSoon } from './is-soon.ts'
import { writeLarge } from './large-edit.ts'

/** A snapshot that is wanted is there by then, however bad the lines are. */
const snapshotMsMax = 15_000

/** Snapshots: whoever needs one gets the same by another way, or the document is halted and that is told. */
export const damagedSnapshot: DiskFaultKind = {
  ownsRelay: true,
  async strike(stage, _forMs, random, over) {
    const { relay, disk } = stage
    // The log keeps two. With one it has all entries, with two it may have cut some.
    for (let snapshots = 1 + random.below(2); snapshots > 0; snapshots--) await provokeSnapshot(stage, over)
    await stopOrderly(stage)
    const good = disk.copy()
    const document = await damage(stage, good, random, snapshotOf)
    if (document !== null && random.chance(0.5)) await damageTheOneBefore(stage, random, document)
    const since = relay.lines.mark()
    await startAnew(stage)
    if (document === null) return false
    stage.count(`damaged snapshot: ${await requireServedOrHalted(stage, document, since)}`)
    await restore(stage, good)
    return true
  },
}

/** With the latest snapshot damaged the log reads the one before, if there is one. */
async function damageTheOneBefore(stage: Stage, random: SeededRandom, document: string): Promise<void> {
  try {
    await damage(stage, stage.disk.copyForReading(), random, snapshotOf, document)
    stage.count('damaged snapshot: both')
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'log/corrupt') throw error
  }
}

function snapshotOf({ snapshot }: StoredDocument): readonly Uint8Array[] {
  return snapshot ? [snapshot.body] : []
}

/** So much is written into one document that the relay compacts it in the midst of that. */
async function provokeSnapshot(stage: Stage, over: AbortSignal): Promise<void> {
  const { relay, people, documents } = stage
  const [document = ''] = documents
  const since = relay.lines.mark()
  const isMade = (): boolean => over.aborted || relay.lines.told('document-compacted', since)
  const endMs = performance.now() + snapshotMsMax
  while (performance.now() < endMs && !isMade()) {
    for (const person of people) if (hasSentMost(person, document)) writeLarge(person, document)
    await holds(isMade, 200, over)
  }
}

/** What is written faster than a bad line carries it only fills memory. */
function hasSentMost({ tab }: Person, document: string): boolean {
  return (tab?.documents.get(document)?.handle.status.unsaved ?? 0) < unsentEditsMax
}

const unsentEditsMax = 4

async function requireServedOrHalted(
  stage: Stage,
  document: string,
  since: number,
): Promise<'halted' | 'masked'> {
  const { relay, signal } = stage
  const guest = await stage.invite()
  const isTold = (): boolean =>
    relay.lines.told('document-halted', since, document) && isHalted(guest, document)
  const isServed = (): boolean => guest.unrest(document) === null
  if (!(await isSoon(stage, () => isTold() || isServed())) && !signal.aborted)
    throw new Violation('S14', `a snapshot of ${document} is damaged: it is not served, and nobody is told`)
  return isTold() ? 'halted' : 'masked'
}
