import { Violation } from '@tidemark/simulator/oracle'
import { digest } from '@tidemark/updates'
import type { Doc } from 'yjs'
import { readStoredLog } from '../harness/stored-log.ts'
import type { Person } from './cast/person.ts'
import { moveTo } from './disks/full-disk.ts'
import { holds } from './pause.ts'
import { startAnew, stopOrderly } from './restart.ts'
import type { Stage } from './stage.ts'

/** L2: every edit held on a device is acknowledged within this time after everything was healed. */
const restMsMax = 60_000

/** Everything works again, and everybody has a tab. No client is told: each has to come back by itself. */
export async function heal(stage: Stage): Promise<void> {
  const { relay, people } = stage
  for (const { line } of people) line.heal()
  await relay.start()
  await Promise.all(people.map((person) => person.openTab()))
}

/** Waits until everybody has everything, then looks into the log, and judges. */
export async function comeToRest(stage: Stage): Promise<void> {
  const isAtRest = (): boolean => unrest(stage) === null
  const wasInTime = await holds(isAtRest, restMsMax, stage.signal)
  if (stage.signal.aborted) return
  if (!wasInTime) throw new Violation('L2', `after ${restMsMax} ms of peace: ${unrest(stage)}`)
  await judgeTheLog(stage)
}

/** The log is read with the relay stopped: the one moment at which its files are nobody's. */
async function judgeTheLog(stage: Stage): Promise<void> {
  const { disk, log } = stage
  await stopOrderly(stage)
  disk.copy()
  log.learn(await readStoredLog(disk.copyForReading()))
  stage.judge()
  // What the older copy lacked has come back, or nobody had it: from now on nothing may be missing again.
  for (const edit of stage.ledger.edits) if (!log.has(edit)) edit.promisedSaved = false
  log.wasRestored = false
  if (disk.small === null) await startAnew(stage)
  else await moveTo(stage, null)
}

/** The first thing that is not at rest, in words. */
function unrest({ people, documents }: Stage): string | null {
  for (const document of documents) {
    const readers = people.filter(({ tab }) => tab?.documents.has(document))
    for (const person of readers) {
      const reason = person.unrest(document)
      if (reason !== null) return `${document} at ${person.name}: ${reason}`
    }
    if (!areEqual(readers, document))
      return `${document} differs between ${readers.map(({ name }) => name).join(', ')}`
  }
  return null
}

function areEqual(readers: readonly Person[], document: string): boolean {
  const digests = readers.map(({ tab }) => digestOf(tab?.documents.get(document)?.handle.doc))
  return new Set(digests).size <= 1
}

function digestOf(doc: Doc | undefined): string {
  const bytes = doc && digest(doc)
  return bytes ? Buffer.from(bytes).toString('hex') : 'none'
}
