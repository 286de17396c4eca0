// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { ManualClock } from '@tidemark/base/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { applyUpdate, Doc } from 'yjs'
import { packAfterMs, packedBytesMin, packsMax } from '../limits.ts'
import { createIdbStore } from './idb-store.ts'
import type { ReplicaStore } from './replica-store.ts'

const state = { update: new Uint8Array(40_000).fill(7), version: 1 } as const
const edits = [{ tab: 't', number: 1, update: new Uint8Array([1]) }]
const own = { lineage: null, incarnation: null, edits: [], acked: [] } as const
const append = { kind: 'append', ...own, updates: [], move: null } as const
const whole = { kind: 'whole', ...own, state, contained: [], cursor: null } as const

let databases = 0

/** A device with one page, on which time passes only when a test says so. */
function device(durability: 'relaxed' | 'strict' = 'relaxed'): Device {
  const name = `packed ${databases++}`
  const time = new ManualClock()
  const armed = new Set<() => void>()
  const turns: (() => void)[] = []
  let held: (() => void)[] | null = null
  const clock = {
    now: () => time.now(),
    after(delayMs: number, run: () => void) {
      armed.add(run)
      const cancel = time.after(delayMs, () => {
        armed.delete(run)
        run()
      })
      return () => {
        armed.delete(run)
        cancel()
      }
    },
    turn(run: () => void) {
      turns.push(run)
      if (held) held.push(run)
      else setImmediate(run)
    },
  }
  async function records(change?: (record: Stored) => Stored): Promise<Stored[]> {
    const database = await done(indexedDB.open(name))
    const store = database.transaction('updates', 'readwrite').objectStore('updates')
    const values: Stored[] = await done(store.getAll())
    if (change) await done(store.put(change(values[0] as Stored), 1))
    database.close()
    return values
  }
  return {
    store: createIdbStore(name, clock, durability),
    nextPage: () => createIdbStore(name, clock),
    rest: (ms = packAfterMs) => time.advance(ms),
    get armed() {
      return armed.size
    },
    get turns() {
      return turns.length
    },
    async restUntilPacking() {
      held = []
      await time.advance(packAfterMs)
      await vi.waitFor(() => expect(held).toHaveLength(1))
    },
    goOn() {
      const waiting = held ?? []
      held = null
      for (const run of waiting) run()
    },
    records,
    packed: (expected) =>
      vi.waitFor(
        async () => {
          expect((await records()).map(({ packed }) => packed)).toEqual(expected)
        },
        { timeout: 10_000 },
      ),
  }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a large record', () => {
  test('lies there as it is, until it has rested', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.rest(packAfterMs - 1)
    expect(page.armed).toBe(1)
    expect(await page.records()).toEqual([{ document: 'd', ...state }])
    await page.rest(1)
    await page.packed([true])
    expect((await page.records())[0]?.update.length).toBeLessThan(2_000)
    expect((await page.store.load('d'))?.updates).toMatchObject([state])
  })

  test('is packed in the next round when it comes during one', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.restUntilPacking()
    await page.store.write('e', whole)
    page.goOn()
    await page.packed([true, undefined])
    await vi.waitFor(() => expect(page.armed).toBe(1))
    await page.rest()
    await page.packed([true, true])
  })

  test('is packed after a round that had nothing more to do', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.rest()
    await page.packed([true])
    await page.store.write('e', whole)
    await vi.waitFor(() => expect(page.armed).toBe(1))
    await page.rest()
    await page.packed([true, true])
  })

  test('leaves the page a turn after each piece', async () => {
    const page = device()
    const update = new Uint8Array(2 * 65_536 + 1).fill(7)
    await page.store.write('d', { ...append, updates: [{ update, version: 1 }] })
    await page.rest()
    await page.packed([true])
    expect(page.turns).toBe(3)
    expect((await page.store.load('d'))?.updates).toMatchObject([{ update }])
  })

  test('is packed by the next page when the one that wrote it ended', async () => {
    const page = device()
    await page.store.write('d', { ...append, updates: [state] })
    await page.store.close()
    expect(page.armed).toBe(0)
    const next = page.nextPage()
    expect((await next.load('d'))?.updates).toMatchObject([state])
    await page.rest()
    await page.packed([true])
    expect((await next.load('d'))?.updates).toMatchObject([state])
  })

  test('that is written while the page ends is left to the next one, too', async () => {
    const page = device()
    const writing = page.store.write('d', whole)
    await page.store.close()
    await writing
    expect(page.armed).toBe(0)
  })

  test('[C3] makes neither a write nor a load wait while it is being packed', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.restUntilPacking()
    await page.store.write('d', { ...append, edits })
    expect(await page.store.load('d')).toMatchObject({ outbox: [{ number: 1 }], updates: [state] })
    page.goOn()
    await page.packed([true])
  })

  test('that became part of another while it was being packed stays gone', async () => {
    const page = device()
    const { keys } = await page.store.write('d', whole)
    await page.restUntilPacking()
    await page.store.write('d', { ...whole, contained: keys })
    page.goOn()
    await vi.waitFor(() => expect(page.armed).toBe(1))
    await page.packed([undefined])
    await page.rest()
    await page.packed([true])
  })

  test('of a page that ends while it is being packed is packed by the next one', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.store.write('e', whole)
    await page.restUntilPacking()
    await page.store.write('f', whole)
    await page.store.close()
    page.goOn()
    const next = page.nextPage()
    expect((await next.load('d'))?.updates).toMatchObject([state])
    expect(page.armed).toBe(1)
    await page.rest()
    await page.packed([true, undefined, undefined])
  })

  test('that was found twice is packed once', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.store.load('d')
    await page.store.write('last', whole)
    await page.rest()
    await page.packed([true, true])
    expect((await page.store.load('d'))?.updates).toMatchObject([state])
  })

  test('that cannot be packed stays as it is, and stands in the way of no other', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.store.write('e', whole)
    const { CompressionStream } = globalThis
    vi.stubGlobal('CompressionStream', function (format: 'deflate-raw') {
      vi.stubGlobal('CompressionStream', CompressionStream)
      throw new TypeError(`${format} is not known here`)
    })
    await page.rest()
    await page.packed([undefined, true])
    expect((await page.store.load('d'))?.updates).toMatchObject([state])
  })

  test('whose transaction the browser aborts stays as it is, and nobody hears of it', async () => {
    const page = device()
    await page.store.write('d', whole)
    await page.store.write('e', whole)
    const { getKey } = IDBObjectStore.prototype
    vi.spyOn(IDBObjectStore.prototype, 'getKey').mockImplementationOnce(function (this: IDBObjectStore, key) {
      const request = getKey.call(this, key)
      this.transaction.abort()
      return request
    })
    await page.rest()
    await page.packed([undefined, true])
  })

  test('is packed as durably as it was written', async () => {
    const page = device('strict')
    await page.store.write('d', whole)
    const opened = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await page.rest()
    await page.packed([true])
    expect(opened.mock.calls).toContainEqual(['updates', 'readwrite', { durability: 'strict' }])
  })
})

test('a small record is left to the browser', async () => {
  const page = device()
  const sizes = [packedBytesMin - 1, packedBytesMin]
  const updates = sizes.map((size) => ({ ...state, update: state.update.slice(0, size) }))
  await page.store.write('d', { ...append, updates })
  await page.rest()
  await page.packed([undefined, true])
})

test('of too many large records the oldest stay as they are', async () => {
  const page = device()
  const update = state.update.slice(0, packedBytesMin)
  const updates = Array.from({ length: packsMax + 1 }, () => ({ ...state, update }))
  await page.store.write('d', { ...append, updates })
  await page.rest()
  await page.packed([undefined, ...Array.from({ length: packsMax }, () => true as const)])
})

describe('a packed record', () => {
  async function packedDevice(): Promise<Device> {
    const page = device()
    await page.store.write('d', { ...whole, edits })
    await page.rest()
    await page.packed([true])
    return page
  }

  test('whose bytes were damaged is an update that Yjs refuses, and all else can be read', async () => {
    const { store, records } = await packedDevice()
    await records((record) => ({ ...record, update: new Uint8Array(100).fill(255) }))
    const loaded = await store.load('d')
    expect(loaded?.outbox).toHaveLength(1)
    expect(loaded?.updates).toHaveLength(1)
    expect(() => applyUpdate(new Doc(), loaded?.updates[0]?.update as Uint8Array)).toThrow(
      'Unexpected end of array',
    )
  })

  test.each([
    [
      'there is no memory for',
      class extends TransformStream {
        constructor() {
          super({
            transform() {
              throw new RangeError('Array buffer allocation failed')
            },
          })
        }
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
  /** Time passes: by default until a round of packing is due. */
  rest(ms?: number): Promise<void>
  /** Timers that are set. */
  readonly armed: number
  /** Turns that were left to the page. */
  readonly turns: number
  /** A round begins, and stops when the first piece of a record is packed, until `goOn`. */
  restUntilPacking(): Promise<void>
  goOn(): void
  /** All that is stored, before the first of them is changed. */
  records(change?: (record: Stored) => Stored): Promise<Stored[]>
  /** Resolves when these records are packed. */
  packed(records: readonly (true | undefined)[]): Promise<void>
}

interface Stored {
  readonly update: Uint8Array
  readonly packed?: true
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason given')))
  })
}
