import type { DocumentStatus } from '@tidemark/client'
import type { Facts, OpenFacts, PersonFacts } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import { lookWhereActive } from './activity.ts'
import type { Checker } from './checker.ts'

/**
 * S6: the status is never above the fact. At each step: what is said to be saved is in the log, what is said to be on
 * this device is in its storage. The same for what `saved()` says. And it never goes backwards for one Y.Doc: what was
 * loaded stays loaded, what was saved stays so until the next edit, the seq only grows, unless the relay's disk became an older copy of itself.
 */
export function createTruthfulStatus(scene: Facts): Checker {
  /** Where it was known at the last look what earlier pages left on the device. */
  const read = new WeakSet<OpenFacts>()

  function look(person: PersonFacts, document: string, open: OpenFacts): void {
    const { status } = open.handle
    const { seen, edits } = open
    if (seen !== null && seen.status === status && seen.edits === edits.length) return
    if (seen !== null) requireForward(scene, document, seen.status, status)
    if (seen?.edits === edits.length && read.has(open))
      requireStaysSaved(person, document, seen.status, status)
    if (open.isRead) read.add(open)
    open.seen = { status, edits: edits.length }
    if (status.edits === 'saved') for (const edit of edits) promiseSaved(scene, edit, 'the status')
    if (status.edits === 'on-device') for (const edit of edits) promiseOnDevice(person, edit)
  }

  /** Without a new edit; on a device that others share, theirs may come between. */
  function requireStaysSaved(
    { device }: PersonFacts,
    document: string,
    before: DocumentStatus,
    after: DocumentStatus,
  ): void {
    if (
      before.generation !== after.generation ||
      !before.loaded ||
      before.edits !== 'saved' ||
      after.edits === 'saved'
    )
      return
    // What came may make Yjs tidy up, with deletions of its own.
    if (before.seq !== after.seq) return
    const sharing = scene.people.filter((person) => person.device === device)
    if (sharing.length > 1 || scene.log.lossesOf(document) > 0) return
    // What an earlier page had begun to store is there late, and adopted.
    if (device.truth.holdsUnsent?.(document)) return
    throw new Violation(
      'S6',
      `${document} on ${device.name} was saved, and is ${after.edits} without an edit`,
    )
  }

  return {
    afterStep: lookWhereActive(scene, (person, document, open) => {
      look(person, document, open)
      if (open.acked.length === 0) return
      for (const edit of open.acked.splice(0)) promiseSaved(scene, edit, 'saved()')
    }),
  }
}

function requireForward(
  { log }: Facts,
  document: string,
  before: DocumentStatus,
  after: DocumentStatus,
): void {
  if (before.generation !== after.generation) return
  const wentBack =
    (before.loaded && !after.loaded) || (log.lossesOf(document) === 0 && (after.seq ?? 0) < (before.seq ?? 0))
  if (!wentBack) return
  const words = ({ loaded, seq }: DocumentStatus): string => `seq ${seq}${loaded ? '' : ', not loaded'}`
  throw new Violation('S6', `the status of ${document} goes back from ${words(before)} to ${words(after)}`)
}

/** Enters into the ledger that an edit was said to be saved, and throws when it is not. */
function promiseSaved(scene: Facts, edit: Edit, who: string): void {
  if (edit.promisedSaved) return
  edit.promisedSaved = true
  if (scene.log.has(edit)) edit.savedIn = scene.log.lossesOf(edit.document)
  if (scene.log.hasHeld(edit)) return
  throw new Violation(
    'S6',
    `${who} in ${edit.tab} says that ${edit.token} is saved, and the log does not have it`,
  )
}

function promiseOnDevice({ device }: PersonFacts, edit: Edit): void {
  if (edit.promisedOnDevice) return
  const isThere = device.truth.has(edit.document, edit.effect)
  // It was taken away under the tab, which has yet to notice.
  if (edit.takenFromDevice && !isThere) return
  // The status tells the weakest place: what was saved while the storage failed need not be here as well.
  if (edit.promisedSaved && !isThere) return
  edit.promisedOnDevice = true
  if (isThere) return
  // Another tab of the device has met a relay with another history, and kept aside all that was stored.
  if (device.truth.hasAside(edit.document, edit.effect)) return
  throw new Violation(
    'S6',
    `the status in ${edit.tab} says that ${edit.token} is on the device, and it is not`,
  )
}
