// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import type { Clock } from '@tidemark/base'
import { ManualClock } from '@tidemark/base/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { applyUpdate, Doc } from 'yjs'
import { packAfterMs, packedBytesMin } from '../limits.ts'
import { createIdbStore } from './idb-store.ts'
import type { ReplicaStore } from './replica-store.ts'

const state = { update: new Uint8Array(40_000).fill(7), version: 1 } as const
const edits = [{ tab: 't', number: 1, update: new Uint8Array([1]) }]
const own = { lineage: null, incarnation: null, edits: [], acked: [] } as const
const append = { kind: 'append', ...own, updates: [], move: null } as const
const whole = { kind: 'whole', ...own, state, contained: [], cursor: null } as const

let databases = 0

/** A device with one page, on which time passes, and the packing goes on, only when a test says so. */
function device(): Device {
  const name = `packed ${databases++}`
  const time = new ManualClock()
  const turns: (() => void)[] = []
  const clock: Clock = {
    now: () => time.now(),
    after: (delayMs, run) => time.after(delayMs, run),
    turn: (run) => void turns.push(run),
  }
  const goOn = (): void => turns.shift()?.()
  async function records(change?: (record: Stored) => Stored): Promise<Stored[]> {
    const database = await done(indexedDB.open(name))
    const store = database.transaction('updates', 'readwrite').objectStore('updates')
    const values: Stored[] = await done(store.getAll())
    if (change) await done(store.put(change(values[0] as Stored), 1))
    database.close()
    return values
  }
  return {
    store: createIdbStore(name, clock),
    nextPage: () => createIdbStore(name, clock),
    rest: () => time.advance(packAfterMs),
    beginPacking: () => vi.waitFor(() => expect(turns).toHaveLength(1)),
    records,
    packed: (expected) =>
      vi.waitFor(async () => {
        goOn()
        expect((await records()).map(({ packed }) => packed)).toEqual(expected)
      }),
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a large record', () => {
  test('lies there as it is, until it has rested', async () => {
    const { store, rest, packed, records } = device()
    await store.write('d', whole)
    expect(await records()).toEqual([{ document: 'd', ...state }])
    await rest()
    await packed([true])
    expect((await records())[0]?.update.length).toBeLessThan(2_000)
    expect((await store.load('d'))?.updates).toMatchObject([state])
  })

  test('is packed by the next page when the one that wrote it ended', async () => {
    const { store, nextPage, rest, packed } = device()
    await store.write('d', { ...append, updates: [state] })
    await store.close()
    await rest()
    await packed([undefined])
    const next = nextPage()
    expect((await next.load('d'))?.updates).toMatchObject([state])
    await rest()
    await packed([true])
    expect((await next.load('d'))?.updates).toMatchObject([state])
  })

  test('[C3] makes neither a write nor a load wait while it is being packed', async () => {
    const { store, rest, beginPacking, packed } = device()
    await store.write('d', whole)
    await rest()
    await beginPacking()
    await store.write('d', { ...append, edits })
    expect(await store.load('d')).toMatchObject({ outbox: [{ number: 1 }], updates: [state] })
    await packed([true])
  })

  test('that became part of another while it was being packed stays gone', async () => {
    const { store, rest, beginPacking, packed } = device()
    const { keys } = await store.write('d', whole)
    await rest()
    await beginPacking()
    await store.write('d', { ...whole, contained: keys })
    await packed([true])
  })

  test('of a page that ends while it is being packed stays as it is', async () => {
    const { store, nextPage, rest, beginPacking, packed } = device()
    await store.write('d', whole)
    await rest()
    await beginPacking()
    await store.close()
    await packed([undefined])
    const next = nextPage()
    expect((await next.load('d'))?.updates).toMatchObject([state])
    await rest()
    await packed([true])
  })

  test('that was found twice is packed once', async () => {
    const { store, rest, packed } = device()
    await store.write('d', whole)
    await store.load('d')
    await store.write('last', whole)
    await rest()
    await packed([true, true])
    expect((await store.load('d'))?.updates).toMatchObject([state])
  })

  test('stays as it is where the browser cannot compress', async () => {
    vi.stubGlobal('CompressionStream', undefined)
    const { store, rest, packed } = device()
    await store.write('d', whole)
    await rest()
    await packed([undefined])
    expect((await store.load('d'))?.updates).toMatchObject([state])
  })
})

test('a small one is left to the browser', async () => {
  const { store, rest, packed } = device()
  const small = { ...state, update: state.update.slice(0, packedBytesMin - 1) }
  await store.write('d', {
    ...append,
    updates: [small, { ...state, update: state.update.slice(0, packedBytesMin) }],
  })
  await rest()
  await packed([undefined, true])
})

describe('a packed record', () => {
  async function packedDevice(): Promise<Device> {
    const packed = device()
    await packed.store.write('d', { ...whole, edits })
    await packed.rest()
    await packed.packed([true])
    return packed
  }

  test('whose bytes were damaged is an update that Yjs refuses, and all else can be read', async () => {
    const { store, records } = await packedDevice()
    await records((record) => ({ ...record, update: new Uint8Array(100).fill(255) }))
    const loaded = await store.load('d')
    expect(loaded?.outbox).toHaveLength(1)
    expect(loaded?.updates).toHaveLength(1)
    expect(() => applyUpdate(new Doc(), loaded?.updates[0]?.update as Uint8Array)).toThrow()
  })

  test.each([
    [
      'there is no memory for',
      () => {
        throw new RangeError('Array buffer allocation failed')
      },
    ],
    ['the browser cannot expand', undefined],
  ])('that %s is not damaged: the load fails, and is tried again', async (_name, stream) => {
    const { store } = await packedDevice()
    vi.stubGlobal('DecompressionStream', stream)
    await expect(store.load('d')).rejects.toMatchObject({ code: 'store/failed' })
    vi.unstubAllGlobals()
    expect((await store.load('d'))?.updates).toMatchObject([state])
  })
})

interface Device {
  readonly store: ReplicaStore
  nextPage(): ReplicaStore
  /** Time passes until what was written last is due. */
  rest(): Promise<void>
  /** The first piece of a record is packed: it goes on with `packed`. */
  beginPacking(): Promise<void>
  /** All that is stored, before the first of them is changed. */
  records(change?: (record: Stored) => Stored): Promise<Stored[]>
  /** Resolves when these records are packed, after as many pieces as it takes. */
  packed(records: readonly (true | undefined)[]): Promise<void>
}

interface Stored {
  readonly update: Uint8Array
  readonly packed?: true
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no reason given'))
  })
}
