import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import type { StockPerson } from './cast/stock-person.ts'
import type { StockDocument } from './cast/stock-tab.ts'
import { Contents, type Effect, effectOf } from './oracle/contents.ts'
import { mayOpen } from './oracle/may-open.ts'
import type { Scene } from './scene.ts'

/** Those with stock clients who are healed, and must come to rest. */
export function stockInPeace({ stock, stockAtRisk }: Scene): readonly StockPerson[] {
  return stock.filter((person) => !stockAtRisk.includes(person))
}

/**
 * What is left until those with stock clients are at rest; null: nothing. They are connected, have all that the log had
 * when the waiting began, and the log has all that they made. When nobody writes any more they hold what the log holds.
 */
export function createStockLeft(scene: Scene): () => string | null {
  const atLeast = new Map(
    scene.documents.map((document) => {
      const reference = scene.log.of(document)?.reference
      return [document, reference === undefined ? nothing : effectOf(Y.encodeStateAsUpdate(reference))]
    }),
  )
  const memory = new Map<StockDocument, Remembered>()

  // The provider believes in a connection until it has heard nothing for 30 s.
  const isTalkingToNobody = ({ host }: StockPerson): boolean =>
    scene.network.connections(host).some(({ isGhost }) => isGhost)

  function leftIn({ host }: StockPerson, document: string, open: StockDocument): string | null {
    const { provider } = open
    if (scene.isHalted(document)) return null
    if (!mayOpen(scene, host, document))
      return provider.synced ? 'there is no access, and it is synced' : null
    if (!provider.wsconnected || !provider.synced)
      return scene.lockedOut.has(host, document) ? null : 'it is not synced'
    const head = scene.log.of(document)?.head ?? 0
    const before = memory.get(open)
    if (before?.head === head && before.changes === open.changes) return before.left
    const left = differenceOf(scene, host, document, open, atLeast.get(document) ?? nothing)
    memory.set(open, { head, changes: open.changes, left })
    return left
  }

  return () => {
    for (const person of stockInPeace(scene)) {
      if (person.tab === null) return `${person.name} has no tab`
      if (isTalkingToNobody(person)) return `${person.name} has not heard that a connection is gone`
      for (const [document, open] of person.tab.documents) {
        const left = leftIn(person, document, open)
        if (left !== null) return `${document} in ${person.tab.process.name}: ${left}`
      }
    }
    return null
  }
}

interface Remembered {
  readonly head: number
  readonly changes: number
  readonly left: string | null
}

const nothing: Effect = { structs: [], deletes: [] }

function differenceOf(
  { access, log, phase }: Scene,
  host: string,
  document: string,
  { doc, edits }: StockDocument,
  atLeast: Effect,
): string | null {
  const held = new Contents()
  held.learn(effectOf(Y.encodeStateAsUpdate(doc)))
  if (!held.has(atLeast)) return 'it lacks something that the log has'
  // Who may not write keeps what they wrote.
  if (access.of(host, document) !== 'write') return null
  const unsaved = edits.find((edit) => !log.has(edit))
  if (unsaved) return `${unsaved.token} is not in the log`
  const reference = log.of(document)?.reference ?? new Y.Doc()
  if (phase !== 'healed' || sameDigest(doc, reference)) return null
  return 'it holds something else than the log'
}

export function sameDigest(a: Y.Doc, b: Y.Doc): boolean {
  const [own, other] = [digest(a), digest(b)]
  return own !== null && other !== null && Buffer.compare(own, other) === 0
}
