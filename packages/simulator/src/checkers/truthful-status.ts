import type { DocumentStatus } from '@tidemark/client'
import type { Facts, OpenFacts, PersonFacts } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import { lookWhereActive } from './activity.ts'
import type { Checker } from './checker.ts'

/**
 * S6: the status is never above the fact. At each step: what is said to be saved is in the log, what is said to be on
 * this device is in its storage. The same for what `saved()` says. And it never goes backwards for one Y.Doc: what was
 * loaded stays loaded, the seq only grows, unless the relay's disk became an older copy of itself.
 */
export function createTruthfulStatus(scene: Facts): Checker {
  function look(person: PersonFacts, document: string, open: OpenFacts): void {
    const { status } = open.handle
    const { seen, edits } = open
    if (seen !== null && seen.status === status && seen.edits === edits.length) return
    if (seen !== null) requireForward(scene, document, seen.status, status)
    open.seen = { status, edits: edits.length }
    if (status.edits === 'saved') for (const edit of edits) promiseSaved(scene, edit, 'the status')
    if (status.edits === 'on-device') for (const edit of edits) promiseOnDevice(person, edit)
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
  edit.promisedOnDevice = true
  if (edit.promisedSaved || isThere) return
  // Another tab of the device has met a relay with another history, and kept aside all that was stored.
  if (device.truth.hasAside(edit.document, edit.effect)) return
  throw new Violation(
    'S6',
    `the status in ${edit.tab} says that ${edit.token} is on the device, and it is not`,
  )
}
