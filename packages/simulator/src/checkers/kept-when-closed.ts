import * as Y from 'yjs'
import type { Carried, Tab } from '../cast/tab.ts'
import { Contents, effectOf } from '../oracle/contents.ts'
import type { Edit } from '../oracle/ledger.ts'
import type { StoreTruth } from '../oracle/store-truth.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/**
 * S3: closing a document stores what it shows. Opened again in the same tab it shows every edit that was made there
 * before, if the storage did not fail meanwhile or lose them before: also those that nobody had yet been told to be on
 * the device. When another tab met another history meanwhile, what was stored is kept aside. [LIN2]
 */
export function createKeptWhenClosed({ people }: Scene): Checker {
  return {
    afterStep() {
      for (const { tab, device } of people) {
        if (tab === null || tab.reopened.size === 0) continue
        for (const [document, carried] of tab.reopened) {
          if (device.store.failures > carried.storeFailures) tab.reopened.delete(document)
          else look(tab, document, carried, device.truth)
        }
      }
    },
  }
}

function look(tab: Tab, document: string, { edits }: Carried, truth: StoreTruth): void {
  const open = tab.documents.get(document)
  if (open === undefined || !open.isRead || !open.handle.status.loaded) return
  tab.reopened.delete(document)
  const contents = new Contents()
  contents.learn(effectOf(Y.encodeStateAsUpdate(open.handle.doc)))
  const isLost = ({ effect, takenFromDevice }: Edit): boolean =>
    !takenFromDevice && !contents.has(effect) && !truth.hasAside(document, effect)
  const lost = edits.find(isLost)
  if (lost === undefined) return
  throw new Violation(
    'S3',
    `${lost.token} was made in ${lost.tab}, and is gone when ${document} is opened again there`,
  )
}
