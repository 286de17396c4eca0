import { pendingOf } from '@tidemark/updates'
import * as Y from 'yjs'
import { Contents, effectOf } from '../oracle/contents.ts'
import { type Facts, type OpenFacts, type PersonFacts, rightOf, type TabFacts } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/**
 * L2: every edit held on a device is acknowledged. At rest the log holds all that any device holds, all that any living
 * tab made, and nothing is pending in any replica. Or it is refused for good, to somebody who may not write: then the
 * replica still shows it, the device still has it, and the app can see that it is not saved.
 *
 * S12: what was ever said to be on a device and did not get into the log is in a replica that was kept aside.
 */
export function createFinallySaved(scene: Facts): Checker {
  return {
    atRest(people) {
      for (const person of people) {
        for (const [document, open] of person.tab?.documents ?? []) {
          const tab = person.tab as TabFacts
          if (scene.isHalted?.(document)) continue
          if (rightOf(scene, person, document) === 'write') requireSaved(scene, tab, open)
          else requireKept(scene, tab, open)
        }
      }
      for (const edit of scene.ledger.edits) {
        if (!scene.log.has(edit)) requireNotHeld(scene, people, edit)
      }
    },
  }
}

function requireNotHeld(scene: Facts, people: readonly PersonFacts[], edit: Edit): void {
  const { document, device, effect, promisedOnDevice, token, tab } = edit
  const holders = people.filter((person) => person.device.truth.has(document, effect))
  const holder = holders.find((person) => rightOf(scene, person, document) === 'write')
  // What the device keeps for a document that the relay refuses is sent when that has been repaired.
  if (holder && scene.isHalted?.(document)) return
  if (holder) throw new Violation('L2', `${token} by ${tab} is on ${holder.device.name}, and not in the log`)
  const { truth } = people.find((person) => person.device.name === device)?.device ?? {}
  if (!promisedOnDevice || !truth || truth.has(document, effect) || truth.hasAside(document, effect)) return
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

function requireKept(scene: Facts, { process }: TabFacts, { handle, edits }: OpenFacts): void {
  const unsaved = edits.filter((edit) => !scene.log.has(edit))
  if (unsaved.length === 0) return
  const shown = new Contents()
  shown.learn(effectOf(Y.encodeStateAsUpdate(handle.doc)))
  for (const { token, effect } of unsaved) {
    if (!shown.has(effect))
      throw new Violation('L2', `${token} was refused in ${process.name}, and is not shown any more`)
  }
  if (handle.status.edits === 'saved')
    throw new Violation(
      'L2',
      `edits of ${process.name} were refused, and the app is told that they are saved`,
    )
}
