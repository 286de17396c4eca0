import {
  applyPatches,
  generateSequentialTrace,
  loadSequentialTrace,
  type SequentialTrace,
} from '@tidemark/updates/testing'
import * as Y from 'yjs'
import { cached } from './cache.ts'
import { contentOf } from './content.ts'

/** One author's updates in the order made, and what each brings: so that a reader's progress can be told. */
export interface Typing {
  readonly clientId: number
  readonly updates: readonly Uint8Array[]
  /** The author's next clock after each update. */
  readonly clocks: Float64Array
  /** What each update deletes, as clock and length in turn; null: nothing. */
  readonly deletes: readonly (readonly number[] | null)[]
}

/** As long as a client id that Yjs draws mostly is: five bytes. */
const authorId = 3_141_592_653

const root = 'text'

/**
 * The first `count` updates of one person's typing, one per keystroke: of the recorded trace where TIDEMARK_TRACES is
 * set, else of a generated one of the same shape. After the trace's end it begins anew, in another text of the same document.
 */
export function typingUpdates(count: number): Typing {
  const key = `typing-${process.env['TIDEMARK_TRACES'] ? 'recorded' : 'generated'}-${count}`
  return indexTyping(cached(key, () => typeUpdates(count)))
}

/** Where an author's updates stand and what they delete, read from their bytes. */
export function indexTyping(updates: readonly Uint8Array[], clientId: number = authorId): Typing {
  const clocks = new Float64Array(updates.length)
  const deletes: (number[] | null)[] = []
  let clock = 0
  for (const [index, update] of updates.entries()) {
    const content = contentOf(update, clientId)
    for (let at = 0; at < content.structs.length; at += 2) {
      clock = Math.max(clock, (content.structs[at] as number) + (content.structs[at + 1] as number))
    }
    clocks[index] = clock
    deletes.push(content.deletes.length === 0 ? null : content.deletes)
  }
  return { clientId, updates, clocks, deletes }
}

function typeUpdates(count: number): Uint8Array[] {
  const { txns } = traceOf(count)
  const doc = new Y.Doc()
  doc.clientID = authorId
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let round = 0; updates.length < count; round++) {
    const text = doc.getText(round === 0 ? root : `${root}-${round}`)
    for (const { patches } of txns) {
      if (updates.length === count) break
      applyPatches(text, patches)
    }
  }
  doc.destroy()
  return updates
}

/** Few updates need no long trace: generating one takes longer than a small run. */
function traceOf(count: number): SequentialTrace {
  if (process.env['TIDEMARK_TRACES']) return loadSequentialTrace('automerge-paper')
  return generateSequentialTrace(1, Math.min(count, 259_778))
}
