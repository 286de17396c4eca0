import { IndexeddbPersistence, storeState } from 'y-indexeddb'
import * as Y from 'yjs'
import { fetchState, textRoot, typeInto } from '../src/browser/page.ts'
import { countStoredBytes } from '../src/browser/stored-bytes.ts'

// y-indexeddb as a page uses it.

const doc = new Y.Doc()
let persistence

globalThis.bench = {
  async fill() {
    persistence = new IndexeddbPersistence('bench', doc)
    await persistence.whenSynced
    Y.applyUpdate(doc, await fetchState())
    // One record for all of it, which it would come to by itself after 500 updates.
    await storeState(persistence, true)
  },
  async open() {
    const startMs = performance.now()
    persistence = new IndexeddbPersistence('bench', doc)
    await persistence.whenSynced
    const characters = doc.getText(textRoot).toString().length
    return { ms: performance.now() - startMs, characters }
  },
  type: (count, gapMs) => typeInto(doc.getText(textRoot), count, gapMs),
  async close() {
    await persistence.destroy()
  },
  storedBytes: countStoredBytes,
}
