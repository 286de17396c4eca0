import { describe, expect, test } from 'vitest'
import { createSystemClock } from '../platform/clock.ts'
import { describeReplicaStore } from '../testing/store-conformance.ts'
import { createIdbStore } from './idb-store.ts'

const clock = createSystemClock()
const freshName = (): string => `tidemark ${crypto.randomUUID()}`

describe('the store in IndexedDB', () => {
  describeReplicaStore(() => {
    const name = freshName()
    return Promise.resolve({ store: createIdbStore(name, clock), reopen: () => createIdbStore(name, clock) })
  })

  const edits = [{ tab: 't', number: 1, update: new Uint8Array([1]) }]
  const change = {
    kind: 'append',
    lineage: null,
    incarnation: null,
    edits,
    acked: [],
    updates: [],
    move: null,
  } as const

  test('a database that a newer version holds is store/blocked, and nothing hangs', async () => {
    const name = freshName()
    const newer = await openAt(name, 99)
    await expect(createIdbStore(name, clock).load('d')).rejects.toMatchObject({ code: 'store/blocked' })
    newer.close()
  })

  test('it makes way for a newer version of the app', async () => {
    const name = freshName()
    const store = createIdbStore(name, clock)
    await store.write('d', change)
    const newer = await openAt(name, 99)
    newer.close()
    await expect(store.write('d', change)).rejects.toMatchObject({ code: 'store/blocked' })
  })

  test('a database that is deleted under it is made anew by the next call', async () => {
    const name = freshName()
    const store = createIdbStore(name, clock)
    await store.write('d', change)
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', resolve)
      request.addEventListener('error', reject)
    })
    await store.write('d', change)
    expect((await store.load('d'))?.outbox).toHaveLength(1)
  })

  test('a value that cannot be stored fails the whole change', async () => {
    const store = createIdbStore(freshName(), clock)
    await store.write('d', change)
    const bad = { ...change, updates: [{ update: (() => {}) as unknown as Uint8Array, version: 1 }] } as const
    const second = { ...bad, edits: [{ tab: 't', number: 2, update: new Uint8Array([2]) }] }
    await expect(store.write('d', second)).rejects.toMatchObject({ code: 'store/failed' })
    expect((await store.load('d'))?.outbox).toHaveLength(1)
  })
})

function openAt(name: string, version: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('open')))
  })
}
