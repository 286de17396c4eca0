import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { packEntries } from './packed-entries.ts'
import { compact } from './replay.ts'

// What a snapshot says of itself goes wrong here, as it would if Yjs wrote other content than it held.
vi.mock(import('./summary.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    encodeSummary: (summary) => real.encodeSummary({ ...summary, digest: new Uint8Array(32) }),
  }
})

test('[R4] a snapshot is read back before it leaves, and not given out when it differs', () => {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'hello')
  const entries = packEntries([{ update: Y.encodeStateAsUpdate(doc), author: 'p' }])
  expect(() => compact({ snapshot: null, entries, seq: 1, check: '', bytesMax: 1e6 })).toThrow('differs')
})
