import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import { contentOf } from '../oracle/content.ts'
import type { Facts, OpenFacts, PersonFacts } from '../oracle/facts.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/** Digests cost as much as some fifty events. */
const lookEverySteps = 200

/**
 * S1: a replica that has read the whole log, and has nothing of its own to send, holds what a plain document holds that
 * was fed the log in the order of its seqs. Looked at now and then, and at rest for every replica.
 */
export function createConvergence(scene: Facts): Checker {
  type Look = (document: string, tab: string, open: OpenFacts) => void

  function forEachReplica(people: readonly PersonFacts[], look: Look): void {
    for (const { tab } of people) {
      for (const [document, open] of tab?.documents ?? []) look(document, tab?.process.name ?? '', open)
    }
  }

  function hasAll(document: string, { handle }: OpenFacts): boolean {
    const { connection, edits, seq } = handle.status
    return connection === 'live' && edits === 'saved' && seq !== null && seq === scene.log.of(document)?.head
  }

  return {
    afterStep() {
      // On an older copy the same seq may stand for other entries, until the replica has been told.
      if (scene.log.wasRestored || scene.world.steps % lookEverySteps > 0) return
      forEachReplica(scene.people, (document, tab, open) => {
        if (hasAll(document, open)) requireEqual(scene, document, tab, open)
      })
    },
    atRest: (people) =>
      forEachReplica(people, (document, tab, open) => {
        // Outside the core others may have written in this very moment.
        if (scene.phase === 'healed' || hasAll(document, open)) requireEqual(scene, document, tab, open)
      }),
  }
}

function requireEqual(scene: Facts, document: string, tab: string, { handle }: OpenFacts): void {
  const reference = scene.log.of(document)?.reference ?? new Y.Doc()
  if (hex(digest(handle.doc)) === hex(digest(reference))) return
  const [own, expected] = [contentOf(handle.doc), contentOf(reference)]
  const difference =
    own === expected
      ? 'reads like the log, and has another digest'
      : `reads\n  ${own}\nand the log\n  ${expected}`
  throw new Violation('S1', `${document} in ${tab} ${difference}`)
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(bytes).toString('hex')
}
