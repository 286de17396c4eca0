import { Violation } from '@tidemark/simulator/oracle'
import type { Person } from '../cast/person.ts'
import { SdkPerson } from '../cast/sdk-person.ts'
import { startAnew, stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import { damage, isHalted, restore } from './damage.ts'
import type { DiskFaultKind } from './disk-fault.ts'
import { isSoon } from './is-soon.ts'

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

function isReader(person: Person, document: string): boolean {
  return person instanceof SdkPerson && (person.tab?.documents.has(document) ?? false)
}

function isLive({ tab }: Person, document: string): boolean {
  return tab?.documents.get(document)?.handle.status.connection === 'live'
}
