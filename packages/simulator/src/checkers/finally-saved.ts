import { pendingOf } from '@tidemark/updates'
import type { Facts, OpenFacts, PersonFacts, TabFacts } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/**
 * L2: every edit held on a device is acknowledged. At rest the log holds all that any device holds, all that any living
 * tab made, and nothing is pending in any replica.
 *
 * S12: what was ever said to be on a device and did not get into the log is in a replica that was kept aside.
 */
export function createFinallySaved(scene: Facts): Checker {
  return {
    atRest(people) {
      for (const { tab } of people) {
        for (const open of tab?.documents.values() ?? []) requireSaved(scene, tab as TabFacts, open)
      }
      for (const edit of scene.ledger.edits) {
        if (!scene.log.has(edit)) requireNotHeld(people, edit)
      }
    },
  }
}

function requireNotHeld(people: readonly PersonFacts[], edit: Edit): void {
  const { document, device, effect, promisedOnDevice, token, tab } = edit
  const holder = people.find((person) => person.device.truth.has(document, effect))
  if (holder) throw new Violation('L2', `${token} by ${tab} is on ${holder.device.name}, and not in the log`)
  const { truth } = people.find((person) => person.device.name === device)?.device ?? {}
  if (!promisedOnDevice || !truth || truth.hasAside(document, effect)) return
  throw new Violation(
    'S12',
    `${token} by ${tab} was on the device, and is neither there nor in the log nor aside`,
  )
}

function requireSaved(scene: Facts, { process }: TabFacts, { handle, edits }: OpenFacts): void {
  if (pendingOf(handle.doc)) throw new Violation('L2', `structs are pending in ${process.name}`)
  for (const edit of edits) {
    if (!scene.log.has(edit))
      throw new Violation('L2', `${edit.token} was made in ${process.name}, and is not in the log`)
  }
}
