import * as Y from 'yjs'
import { Contents, type Effect, effectOf, type Range } from '../oracle/contents.ts'

/** What a listener of the app throws. */
class AppError extends Error {}

const broken = new WeakSet<Y.Doc>()

/**
 * A listener of the app throws at the next transaction, whoever makes it: Yjs then stops telling anybody of anything,
 * until somebody notices.
 */
export function breakListener(doc: Y.Doc): void {
  broken.add(doc)
  doc.once('update', () => {
    throw new AppError('a listener of the app')
  })
}

/** What `run` changes; null when it changes nothing. Told by Yjs, as long as it tells. */
export function changeOf(doc: Y.Doc, run: () => void): Effect | null {
  return broken.has(doc) ? comparedAround(doc, run) : toldDuring(doc, run)
}

function toldDuring(doc: Y.Doc, run: () => void): Effect | null {
  const updates: Uint8Array[] = []
  const listener = (update: Uint8Array): void => void updates.push(update)
  doc.on('update', listener)
  run()
  doc.off('update', listener)
  return updates.length === 0 ? null : effectOf(Y.mergeUpdates(updates))
}

function comparedAround(doc: Y.Doc, run: () => void): Effect | null {
  const stateVector = Y.encodeStateVector(doc)
  const before = new Contents()
  before.learn(effectOf(Y.encodeStateAsUpdate(doc, stateVector)))
  try {
    run()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  const { structs, deletes } = effectOf(Y.encodeStateAsUpdate(doc, stateVector))
  const added = deletes.flatMap(clocksOf).filter((clock) => !before.has({ structs: [], deletes: [clock] }))
  return structs.length + added.length === 0 ? null : { structs, deletes: added }
}

function clocksOf({ client, clock, length }: Range): Range[] {
  return Array.from({ length }, (_, i) => ({ client, clock: clock + i, length: 1 }))
}
