import { type Client, createClient, type DocumentHandle } from '@tidemark/client'
import { textRoot, typeInto } from './page.ts'
import { countStoredBytes } from './stored-bytes.ts'

// The SDK as a page uses it. The relay's address is the page's `relay` parameter.

const url = new URLSearchParams(location.search).get('relay') ?? ''
let client: Client | null = null
let handle: DocumentHandle | null = null

function openDocument(): DocumentHandle {
  client = createClient({ url, name: 'bench', onError: () => {} })
  handle = client.open('bench')
  return handle
}

globalThis.bench = {
  async fill() {
    await openDocument().synced
  },
  async open() {
    const startMs = performance.now()
    const opening = openDocument()
    await opening.loaded
    const characters = opening.doc.getText(textRoot).toString().length
    return { ms: performance.now() - startMs, characters }
  },
  type(count, gapMs) {
    if (handle === null) throw new Error('not open')
    return typeInto(handle.doc.getText(textRoot), count, gapMs)
  },
  async close() {
    await client?.close()
  },
  storedBytes: countStoredBytes,
}
