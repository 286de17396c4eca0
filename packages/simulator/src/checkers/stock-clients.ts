import * as Y from 'yjs'
import type { Party } from '../oracle/border.ts'
import { contentOf } from '../oracle/content.ts'
import { Violation } from '../oracle/violation.ts'
import { sameDigest, stockInPeace } from '../rest-of-stock.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/**
 * S1 for stock y-websocket clients: when nobody writes any more they hold what the log holds, and read the same.
 *
 * YWS2: who holds nothing is never told that there is nothing when there is something.
 */
export function createStockClients(scene: Scene): Checker {
  /**
   * Those who hold nothing, and where the log was when they said so first; null: they once said that they hold something,
   * and an answer to that may come late.
   */
  const holdNothing = new WeakMap<Party, number | null>()

  scene.border.listen({
    receivedStock(party, document, message) {
      if (message.type !== 'step1') return
      if (!saysNothing(message.bytes)) holdNothing.set(party, null)
      else if (!holdNothing.has(party)) holdNothing.set(party, scene.log.of(document)?.head ?? 0)
    },
    sentStock({ party, document, message }) {
      if (message.type !== 'step2') return
      const head = holdNothing.get(party) ?? 0
      if (head > 0 && message.bytes.length <= emptyUpdateBytes)
        throw new Violation('YWS2', `${party.principal} is told that ${document} is empty, at seq ${head}`)
    },
  })

  return {
    atRest() {
      for (const { host, tab } of stockInPeace(scene)) {
        for (const [document, open] of tab?.documents ?? []) {
          if (scene.access.of(host, document) !== 'write' || scene.phase !== 'healed') continue
          // Sent away for what it cannot give back: else it would not be at rest.
          if (open.provider.synced) requireEqual(scene, tab?.process.name ?? '', document, open.doc)
        }
      }
    },
  }
}

/** Strangers send state vectors that are none. */
function saysNothing(stateVector: Uint8Array): boolean {
  return stateVector.length === 1 && stateVector[0] === 0
}

function requireEqual({ log }: Scene, tab: string, document: string, doc: Y.Doc): void {
  const reference = log.of(document)?.reference ?? new Y.Doc()
  const [own, expected] = [contentOf(doc), contentOf(reference)]
  if (own === expected && sameDigest(doc, reference)) return
  throw new Violation('S1', `${document} in ${tab} reads\n  ${own}\nand the log\n  ${expected}`)
}

/** No structs, no deletions. */
const emptyUpdateBytes = 2
