import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import { contentOf } from '../oracle/content.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/** S1: at rest every replica holds what a plain document holds that was fed the log in the order of its seqs. */
export function createConvergence(scene: Scene): Checker {
  return {
    atRest() {
      for (const document of scene.documents) {
        const reference = scene.log.of(document)?.reference ?? new Y.Doc()
        for (const { tab } of scene.people) {
          const open = tab?.documents.get(document)
          if (tab && open) compare(document, tab.process.name, open.handle.doc, reference)
        }
      }
    },
  }
}

function compare(document: string, name: string, doc: Y.Doc, reference: Y.Doc): void {
  const [own, expected] = [contentOf(doc), contentOf(reference)]
  if (own !== expected)
    throw new Violation('S1', `${document} in ${name} reads\n  ${own}\nand the log\n  ${expected}`)
  if (hex(digest(doc)) !== hex(digest(reference))) {
    throw new Violation('S1', `${document} in ${name} reads like the log, and has another digest`)
  }
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(bytes).toString('hex')
}
