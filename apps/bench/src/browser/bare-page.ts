import * as Y from 'yjs'
import { fetchState, textRoot, typeInto } from './page.ts'
import { countStoredBytes } from './stored-bytes.ts'

// A Yjs document in memory and nothing else: what Yjs itself costs.

const doc = new Y.Doc()
let state = new Uint8Array()

globalThis.bench = {
  async fill() {},
  async open() {
    state = new Uint8Array(await fetchState())
    const startMs = performance.now()
    Y.applyUpdate(doc, state)
    const characters = doc.getText(textRoot).toString().length
    return { ms: performance.now() - startMs, characters }
  },
  type: (count, gapMs) => typeInto(doc.getText(textRoot), count, gapMs),
  async close() {},
  storedBytes: countStoredBytes,
}
