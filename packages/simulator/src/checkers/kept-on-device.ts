import type { DocumentStatus } from '@tidemark/client'
import * as Y from 'yjs'
import { Contents, effectOf } from '../oracle/contents.ts'
import type { DeviceFacts, Facts, OpenFacts, PersonFacts } from '../oracle/facts.ts'
import type { Edit } from '../oracle/ledger.ts'
import { Violation } from '../oracle/violation.ts'
import { lookWhereActive } from './activity.ts'
import type { Checker } from './checker.ts'

/**
 * S3: what the device holds stays. A tab that has loaded a document shows every edit that was said before to be there,
 * unless the device lost it by a fault that may take it: it was wiped, rolled back, or lost its power.
 */
export function createKeptOnDevice(scene: Facts): Checker {
  /** What each document must show when it has loaded; null when it has been looked at. */
  const expected = new WeakMap<OpenFacts, readonly Edit[] | null>()

  function look({ device }: PersonFacts, document: string, open: OpenFacts): void {
    const edits = expected.get(open)
    if (edits === null) return
    if (edits === undefined) {
      const here = (edit: Edit): boolean => edit.document === document && edit.device === device.name
      expected.set(
        open,
        scene.ledger.edits.filter((edit) => here(edit) && edit.promisedOnDevice),
      )
      // A document that could not be read from the device says so, and is read later.
    } else if (open.isRead && open.handle.status.loaded && !isInTrouble(open.handle.status)) {
      expected.set(open, null)
      requireShown(document, open, edits, device)
    }
  }

  return { afterStep: lookWhereActive(scene, look) }
}

function isInTrouble({ error }: DocumentStatus): boolean {
  return error?.code.startsWith('store/') ?? false
}

function requireShown(
  document: string,
  { handle, isSetAside }: OpenFacts,
  edits: readonly Edit[],
  { truth }: DeviceFacts,
): void {
  const contents = new Contents()
  contents.learn(effectOf(Y.encodeStateAsUpdate(handle.doc)))
  for (const edit of edits) {
    if (!edit.promisedOnDevice) continue
    if (contents.has(edit.effect) || truth.hasAside(document, edit.effect)) continue
    // It is where it was, until what is to go aside has been written.
    if (isSetAside && truth.has(document, edit.effect)) continue
    throw new Violation(
      'S3',
      `${edit.token} by ${edit.tab} was on the device, and is not in ${document} after loading`,
    )
  }
}
