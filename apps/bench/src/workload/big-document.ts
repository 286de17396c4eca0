import {
  applyPatches,
  below,
  createRandom,
  generateSequentialTrace,
  loadSequentialTrace,
} from '@tidemark/updates/testing'
import * as Y from 'yjs'
import { cached } from './cache.ts'
import { indexTyping, type Typing } from './typing.ts'

const authorId = 2_718_281_828
/** Edits that begin a chapter, typed one by one; the rest of it was pasted. */
const typedPerChapter = 2_000
const pastedPerChapter = 250_000
const pasteLength = 2_000

/**
 * A document of about so many bytes as Yjs encodes it, in updates of a quarter of a megabyte: chapters that begin with
 * typing and go on with pasted pieces of prose.
 */
export function bigDocument(bytes: number): Typing {
  const recorded = process.env['TIDEMARK_TRACES'] ? 'recorded' : 'generated'
  return indexTyping(
    cached(`big-${recorded}-${bytes}`, () => writeChapters(bytes)),
    authorId,
  )
}

function writeChapters(bytes: number): Uint8Array[] {
  const random = createRandom(7)
  const { prose, txns } = source()
  const doc = new Y.Doc()
  doc.clientID = authorId
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let written = 0; written < bytes; written += updates.at(-1)?.length ?? bytes) {
    const chapter = updates.length
    const pasted = Math.min(pastedPerChapter, bytes - written)
    doc.transact(() => {
      const text = doc.getText(`chapter-${chapter}`)
      for (const { patches } of txns) applyPatches(text, patches)
      for (let length = 0; length < pasted; length += pasteLength) {
        const from = below(random, prose.length - pasteLength)
        text.insert(below(random, text.length), prose.slice(from, from + pasteLength))
      }
    })
  }
  doc.destroy()
  return updates
}

/** Text that compresses as prose does, and a person's typing. */
function source() {
  const trace = process.env['TIDEMARK_TRACES']
    ? loadSequentialTrace('automerge-paper')
    : generateSequentialTrace(3, 60_000)
  return { prose: trace.endContent, txns: trace.txns.slice(0, typedPerChapter) }
}
