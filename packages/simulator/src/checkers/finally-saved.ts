import { pendingOf } from '@tidemark/updates'
import type { OpenDocument, Tab } from '../cast/tab.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/**
 * L2: every edit held on a device is acknowledged. At rest the log holds all that any device holds, all that any living
 * tab made, and nothing is pending in any replica.
 */
export function createFinallySaved(scene: Scene): Checker {
  return {
    atRest() {
      for (const { tab, device } of scene.people) {
        for (const open of tab?.documents.values() ?? []) requireSaved(scene, tab as Tab, open)
        for (const edit of scene.ledger.edits) {
          if (!device.truth.has(edit.document, edit.effect) || scene.log.has(edit)) continue
          throw new Violation('L2', `${edit.token} by ${edit.tab} is on ${device.name}, and not in the log`)
        }
      }
    },
  }
}

function requireSaved(scene: Scene, { process }: Tab, { handle, edits }: OpenDocument): void {
  if (pendingOf(handle.doc)) throw new Violation('L2', `structs are pending in ${process.name}`)
  for (const edit of edits) {
    if (!scene.log.has(edit))
      throw new Violation('L2', `${edit.token} was made in ${process.name}, and is not in the log`)
  }
}
