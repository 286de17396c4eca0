import type { DocumentHandle } from '@tidemark/client'
import {
  type Edit,
  type EditVerb,
  effectOf,
  type Ledger,
  type OpenFacts,
  type SeededRandom,
} from '@tidemark/simulator/oracle'
import * as Y from 'yjs'

/** A document that is open in a tab, and the edits that were made there. */
export interface Replica extends OpenFacts {
  isRead: boolean
  readonly edits: Edit[]
}

export function createReplica(handle: Pick<DocumentHandle, 'doc' | 'status'>): Replica {
  return { handle, isRead: false, edits: [], seen: null, acked: [] }
}

export interface Place {
  readonly document: string
  readonly device: string
  readonly tab: string
}

/** One transaction of a person, entered into the ledger as it happens; null when it changed nothing. */
export function edit(
  ledger: Ledger,
  place: Place,
  { handle, edits }: Replica,
  random: SeededRandom,
  verb: EditVerb,
): Edit | null {
  const token = `<${place.device}.${ledger.edits.length}>`
  const updates = updatesDuring(handle.doc, () => verb(handle.doc, random, token))
  if (updates.length === 0) return null
  const made = ledger.add({ ...place, effect: effectOf(Y.mergeUpdates(updates)), token })
  edits.push(made)
  return made
}

function updatesDuring(doc: Y.Doc, run: () => void): Uint8Array[] {
  const updates: Uint8Array[] = []
  const listener = (update: Uint8Array): void => void updates.push(update)
  doc.on('update', listener)
  run()
  doc.off('update', listener)
  return updates
}
