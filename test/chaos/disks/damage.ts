import { TidemarkError } from '@tidemark/base'
import { type SeededRandom, Violation } from '@tidemark/simulator/oracle'
import { flipBit } from '../../harness/database-files.ts'
import { readStoredLog, type StoredDocument } from '../../harness/stored-log.ts'
import type { Person } from '../cast/person.ts'
import { SdkPerson } from '../cast/sdk-person.ts'
import { holds } from '../pause.ts'
import { startAnew, stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import type { DiskFaultKind } from './disk-fault.ts'
import { writeLarge } from './full-disk.ts'
import { isSoon } from './is-soon.ts'

/** Enough for a snapshot, though not all reach the relay in time. */
const largeEditsMax = 30

/** FAIL3: an entry that a loading must read: its document is halted, which all are told, and the others go on. */
export const damagedEntry: DiskFaultKind = {
  ownsRelay: true,
  async strike(stage, _forMs, random) {
    const { relay, disk } = stage
    await stopOrderly(stage)
    const good = disk.copy()
    const document = await damage(stage, good, random, ({ snapshot, entries }) =>
      entries.filter(({ seq }) => seq > (snapshot?.seq ?? 0)).map(({ update }) => update),
    )
    const since = relay.lines.mark()
    await startAnew(stage)
    if (document === null) return false
    await requireHalted(stage, document, since)
    await requireOthers(stage, document)
    await restore(stage, good)
    return true
  },
}

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

/** So much is written that the relay compacts in the midst of it. */
async function provokeSnapshot({ relay, people }: Stage, over: AbortSignal): Promise<void> {
  const since = relay.lines.mark()
  const isMade = (): boolean => relay.lines.told('document-compacted', since)
  for (let tries = 0; tries < largeEditsMax && !isMade() && !over.aborted; tries++) {
    for (const person of people) if (person instanceof SdkPerson) writeLarge(person)
    await holds(isMade, 200, over)
  }
}

/** The relay comes back on what it held before, or on something older: the devices give the log back what it lacks. */
async function restore(stage: Stage, copy: string): Promise<void> {
  await stage.relay.kill()
  stage.disk.putBack(copy)
  stage.log.wasRestored = true
  await startAnew(stage)
}

/** Flips a bit in one of the bytes that `choose` names, in any document or in `only` that; null when there are none. */
async function damage(
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

async function requireHalted(stage: Stage, document: string, since: number): Promise<void> {
  const { relay, people, signal } = stage
  const readers = people.filter((person) => isReader(person, document))
  const isTold = (): boolean =>
    relay.lines.told('document-halted', since, document) &&
    readers.every((person) => isHalted(person, document))
  if ((await isSoon(stage, isTold)) || signal.aborted) return
  const untold = readers.filter((person) => !isHalted(person, document)).map(({ name }) => name)
  const owner = relay.lines.told('document-halted', since, document) ? '' : 'the owner, '
  throw new Violation(
    'S14',
    `an entry of ${document} is damaged, and ${owner}${untold.join(', ')} were not told`,
  )
}

/** S7: a damaged document does not keep the others from being written. */
async function requireOthers(stage: Stage, damaged: string): Promise<void> {
  const { people, documents, signal } = stage
  for (const document of documents) {
    if (document === damaged) continue
    const isServed = (): boolean =>
      people.some((person) => isReader(person, document) && isLive(person, document))
    if (!(await isSoon(stage, isServed)) && !signal.aborted)
      throw new Violation('S7', `${damaged} is damaged, and nobody can use ${document}`)
  }
}

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

function isReader(person: Person, document: string): boolean {
  return person instanceof SdkPerson && (person.tab?.documents.has(document) ?? false)
}

function isHalted({ tab }: Person, document: string): boolean {
  return tab === null || tab.documents.get(document)?.handle.status.error?.code === 'document/halted'
}

function isLive({ tab }: Person, document: string): boolean {
  return tab?.documents.get(document)?.handle.status.connection === 'live'
}
