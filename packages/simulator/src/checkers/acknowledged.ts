import { type Facts, type PersonFacts, rightOf } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/**
 * S2: no acknowledged update is lost. At rest the log holds every edit that was said to be saved, also when an older copy
 * of the disk was put back meanwhile: as long as a device that is healed has the edit, the log gets it back.
 */
export function createAcknowledged(scene: Facts): Checker {
  return {
    atRest(people) {
      for (const edit of scene.ledger.edits) {
        if (!edit.promisedSaved || scene.log.has(edit)) continue
        // Or the relay refuses to serve the document, and what was damaged is repaired later.
        if (scene.isHalted?.(edit.document)) continue
        if (isLost(scene, edit) && !isHeld(scene, people, edit)) continue
        throw new Violation(
          'S2',
          `${edit.token} by ${edit.tab} was acknowledged, and the log does not have it`,
        )
      }
    },
  }
}

/** An older copy was put back since it was saved, or may have been. */
function isLost({ log }: Facts, { document, savedIn }: Edit): boolean {
  const losses = log.lossesOf(document)
  return losses > 0 && savedIn !== losses
}

/** By somebody who may give it back. */
function isHeld(scene: Facts, people: readonly PersonFacts[], { document, effect }: Edit): boolean {
  return people.some(
    (person) => person.device.truth.has(document, effect) && rightOf(scene, person, document) === 'write',
  )
}
