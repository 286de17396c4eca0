// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { describe } from 'vitest'
import { describeReplicaStore } from '../testing/store-conformance.ts'
import { createIdbStore } from './idb-store.ts'

let databases = 0

describe('the store in an IndexedDB of memory', () => {
  describeReplicaStore(() => {
    const name = `conformance ${databases++}`
    return Promise.resolve({ store: createIdbStore(name), reopen: () => createIdbStore(name) })
  })
})
