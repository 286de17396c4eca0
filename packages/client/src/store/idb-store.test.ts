// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { forceCloseDatabase } from 'fake-indexeddb'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createSystemClock } from '../platform/clock.ts'
import { describeReplicaStore } from '../testing/store-conformance.ts'
import { createIdbStore } from './idb-store.ts'

const clock = createSystemClock()
let databases = 0
const freshName = (): string => `conformance ${databases++}`

describe('the store in an IndexedDB of memory', () => {
  describeReplicaStore(() => {
    const name = freshName()
    return Promise.resolve({ store: createIdbStore(name, clock), reopen: () => createIdbStore(name, clock) })
  })
})

describe('what a browser does to its databases', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const edits = [{ tab: 't', number: 1, update: new Uint8Array([1]) }]
  const own = { kind: 'append', lineage: null, acked: [], updates: [], move: null } as const
  const change = { ...own, incarnation: null, edits }

  test('without room the write fails as a whole, reading goes on, and the next write is tried anew', async () => {
    const store = createIdbStore(freshName(), clock)
    await store.write('d', change)
    const full = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    const second = { ...change, edits: [{ tab: 't', number: 2, update: new Uint8Array([2]) }] }
    const larger = { ...second, updates: [{ update: new Uint8Array([3]), version: 1 }] } as const
    await expect(store.write('d', larger)).rejects.toMatchObject({ code: 'store/failed' })
    expect((await store.load('d'))?.outbox).toHaveLength(1)
    full.mockRestore()
    await store.write('d', larger)
    expect(await store.load('d')).toMatchObject({ outbox: [{ number: 1 }, { number: 2 }], updates: [{}] })
  })

  test('a transaction that the browser aborts changes nothing', async () => {
    const store = createIdbStore(freshName(), clock)
    await store.write('d', change)
    const { put } = IDBObjectStore.prototype
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(function (
      this: IDBObjectStore,
      value: unknown,
      key?: IDBValidKey,
    ) {
      const request = put.call(this, value, key)
      this.transaction.abort()
      return request
    })
    const second = { ...change, edits: [{ tab: 't', number: 2, update: new Uint8Array([2]) }] }
    await expect(store.write('d', second)).rejects.toMatchObject({ code: 'store/failed' })
    expect((await store.load('d'))?.outbox).toHaveLength(1)
  })

  test('a connection that the browser closes is opened again by the next call', async () => {
    const name = freshName()
    const opened: IDBDatabase[] = []
    const { open } = IDBFactory.prototype
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, ...of) {
      const request = open.apply(this, of)
      request.addEventListener('success', () => opened.push(request.result))
      return request
    })
    const store = createIdbStore(name, clock)
    await store.write('d', change)
    for (const database of opened) forceCloseDatabase(database as never)
    expect((await store.load('d'))?.outbox).toHaveLength(1)
    expect(opened).toHaveLength(2)
  })

  test('[SIB3] a database that is deleted under its pages holds nothing that they build on', async () => {
    const name = freshName()
    const store = createIdbStore(name, clock)
    const { incarnation } = await store.write('d', change)
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', resolve)
      request.addEventListener('error', reject)
    })
    expect(await store.write('d', { ...change, incarnation })).toMatchObject({ outcome: 'wiped' })
    expect(await store.load('d')).toBeNull()
  })

  test('it makes way for a newer version of the app, and says from then on that it is blocked', async () => {
    const name = freshName()
    const store = createIdbStore(name, clock)
    await store.write('d', change)
    const newer = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 99)
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', reject)
    })
    for (const call of [store.load('d'), store.loadOutbox('d', new Map()), store.write('d', change)])
      await expect(call).rejects.toMatchObject({ code: 'store/blocked' })
    newer.close()
  })
})
