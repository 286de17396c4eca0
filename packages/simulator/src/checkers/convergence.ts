import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import { contentOf } from '../oracle/content.ts'
import { Contents, effectOf } from '../oracle/contents.ts'
import { type Facts, type OpenFacts, type PersonFacts, rightOf } from '../oracle/facts.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

/** Digests cost as much as some fifty events. */
const lookEverySteps = 200

/**
 * S1: a replica that has read the whole log, and has nothing of its own to send, holds what a plain document holds that
 * was fed the log in the order of its seqs. Looked at now and then, and at rest for every replica.
 */
export function createConvergence(scene: Facts): Checker {
  type Look = (document: string, tab: string, open: OpenFacts, person: PersonFacts) => void

  function forEachReplica(people: readonly PersonFacts[], look: Look): void {
    for (const person of people) {
      const { tab } = person
      for (const [document, open] of tab?.documents ?? [])
        look(document, tab?.process.name ?? '', open, person)
    }
  }

  function hasAll(document: string, { handle }: OpenFacts): boolean {
    const { connection, edits, seq } = handle.status
    return connection === 'live' && edits === 'saved' && seq !== null && seq === scene.log.of(document)?.head
  }

  return {
    afterStep() {
      // On an older copy the same seq may stand for other entries, until the replica has been told.
      if (scene.world.steps % lookEverySteps > 0) return
      forEachReplica(scene.people, (document, tab, open) => {
        if (scene.log.lossesOf(document) === 0 && hasAll(document, open))
          requireEqual(scene, document, tab, open)
      })
    },
    atRest: (people) =>
      forEachReplica(people, (document, tab, open, person) => {
        // Outside the core others may have written in this very moment.
        if (scene.phase !== 'healed' && !hasAll(document, open)) return
        const right = rightOf(scene, person, document)
        if (right === 'write') requireSame(scene, document, tab, open)
        else if (right === 'read') requireContained(scene, document, tab, open)
      }),
  }
}

function requireEqual(scene: Facts, document: string, tab: string, { handle }: OpenFacts): void {
  const reference = scene.log.of(document)?.reference ?? new Y.Doc()
  const own = digest(handle.doc)
  if (own !== null && hex(own) === hex(digest(reference))) return
  throw different(document, tab, handle.doc, reference)
}

/** By what Yjs itself says of content, states and deletions, too: our digest may be blind to something. */
function requireSame(scene: Facts, document: string, tab: string, open: OpenFacts): void {
  requireEqual(scene, document, tab, open)
  const { doc } = open.handle
  const reference = scene.log.of(document)?.reference ?? new Y.Doc()
  const areSame = Y.equalSnapshots(Y.snapshot(doc), Y.snapshot(reference))
  if (!areSame || contentOf(doc) !== contentOf(reference)) throw different(document, tab, doc, reference)
}

function different(document: string, tab: string, doc: Y.Doc, reference: Y.Doc): Violation {
  const [own, expected] = [contentOf(doc), contentOf(reference)]
  const difference =
    own === expected
      ? 'reads like the log, and holds something else'
      : `reads\n  ${own}\nand the log\n  ${expected}`
  return new Violation('S1', `${document} in ${tab} ${difference}`)
}

/** Who may only read shows all of the log; and what was refused, or what the log has lost and cannot be given back. */
function requireContained(scene: Facts, document: string, tab: string, { handle }: OpenFacts): void {
  const shown = new Contents()
  shown.learn(effectOf(Y.encodeStateAsUpdate(handle.doc)))
  const reference = scene.log.of(document)?.reference ?? new Y.Doc()
  if (shown.has(effectOf(Y.encodeStateAsUpdate(reference)))) return
  throw new Violation('S1', `${document} in ${tab}, who may read it, lacks something that the log has`)
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(bytes).toString('hex')
}
