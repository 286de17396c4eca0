import type { Cursor } from '@tidemark/base'
import { beforeEach, describe, expect, test } from 'vitest'
import type {
  AppendChange,
  NewAside,
  ReplaceChange,
  ReplicaStore,
  StoredUpdate,
  WholeChange,
} from '../store/replica-store.ts'

const lineage = 'a'.repeat(32)
const otherLineage = 'b'.repeat(32)

function cursor(seq: number, check = String(seq).padStart(32, '0'), of = lineage): Cursor {
  return { lineage: of, seq, check }
}

function stored(...bytes: number[]): StoredUpdate {
  return { update: Uint8Array.from(bytes), version: 1 }
}

function append(change: Partial<AppendChange> = {}): AppendChange {
  return {
    kind: 'append',
    lineage,
    incarnation: null,
    edits: [],
    acked: [],
    updates: [],
    move: null,
    ...change,
  }
}

function whole(change: Partial<WholeChange> = {}): WholeChange {
  return {
    kind: 'whole',
    lineage,
    incarnation: null,
    edits: [],
    acked: [],
    state: stored(0),
    contained: [],
    cursor: null,
    ...change,
  }
}

function replace(change: Partial<ReplaceChange> = {}): ReplaceChange {
  const own = { kind: 'replace', lineage: otherLineage, incarnation: null, edits: [], acked: [] } as const
  return {
    ...own,
    rebuilt: false,
    state: stored(0),
    cursor: cursor(1, '0'.repeat(32), otherLineage),
    aside: null,
    ...change,
  }
}

function aside(change: Partial<NewAside> = {}): NewAside {
  return { id: 'one', reason: 'other-lineage', lineage, timeMs: 5, updates: [], ...change }
}

/** What every `ReplicaStore` does. `reopen` gives a second store on the same device: another tab, or after a reload. */
export function describeReplicaStore(
  open: () => Promise<{ store: ReplicaStore; reopen: () => ReplicaStore }>,
): void {
  let store: ReplicaStore
  let other: ReplicaStore

  beforeEach(async () => {
    const opened = await open()
    store = opened.store
    other = opened.reopen()
    return async () => {
      await store.close()
      await other.close()
    }
  })

  const edit = (number: number, tab = 't', byte = number) => ({ tab, number, update: stored(byte).update })
  const bytes = async (document = 'd') =>
    (await other.load(document))?.updates.map(({ update }) => [...update])
  const outbox = async (document = 'd') =>
    (await other.load(document))?.outbox.map(({ tab, number, update }) => [tab, number, ...update])
  const seq = async () => (await other.load('d'))?.cursor?.seq ?? null

  test('a document that was never written is null', async () => {
    expect(await store.load('d')).toBeNull()
  })

  test('[C1] updates and cursor are stored together', async () => {
    const move = { after: null, cursor: cursor(2) }
    const written = await store.write('d', append({ updates: [stored(1), stored(2)], move }))
    expect(written.outcome).toBe('written')
    expect(written.keys).toHaveLength(2)
    const found = await other.load('d')
    expect(found).toMatchObject({ lineage, cursor: cursor(2), outbox: [] })
    expect(found?.updates.map(({ key }) => key)).toEqual(written.keys)
    expect(await bytes()).toEqual([[1], [2]])
  })

  test('documents do not see each other', async () => {
    await store.write('d', append({ updates: [stored(1)], edits: [edit(1)] }))
    await store.write('d2', append({ updates: [stored(2)], edits: [edit(2)] }))
    await store.write('d', replace({ aside: aside() }))
    expect(await bytes('d2')).toEqual([[2]])
    expect(await outbox('d2')).toEqual([['t', 2, 2]])
  })

  test('calls take effect in the order made', async () => {
    const first = store.write('d', append({ updates: [stored(1)] }))
    const loaded = store.load('d')
    const second = store.write('d', append({ updates: [stored(2)] }))
    expect((await loaded)?.updates).toHaveLength(1)
    await Promise.all([first, second])
    expect(await bytes()).toEqual([[1], [2]])
  })

  test('a large document is what it was, keeps its turn, and goes aside as it is', async () => {
    const large = { update: new Uint8Array(100_000).map((_, at) => at % 251), version: 2 } as const
    const first = store.write('d', whole({ state: large, cursor: cursor(4) }))
    const loaded = store.load('d')
    const second = store.write('d', append({ updates: [stored(2)] }))
    expect((await loaded)?.updates).toMatchObject([large])
    await Promise.all([first, second])
    expect((await other.load('d'))?.updates).toMatchObject([large, stored(2)])
    await store.write('d', replace({ aside: aside() }))
    expect(await other.readAside('one')).toEqual(expect.arrayContaining([large, stored(2)]))
  })

  test('both formats of Yjs are kept apart', async () => {
    await store.write('d', append({ updates: [stored(1), { ...stored(2), version: 2 }] }))
    expect((await other.load('d'))?.updates.map(({ version }) => version)).toEqual([1, 2])
  })

  test('[C3] an own edit joins the outbox, and leaves it by an ack alone', async () => {
    await store.write('d', append({ lineage: null, edits: [edit(1), edit(2), edit(3)] }))
    await store.write('d', append({ edits: [edit(7, 's')] }))
    expect(await outbox()).toEqual([
      ['s', 7, 7],
      ['t', 1, 1],
      ['t', 2, 2],
      ['t', 3, 3],
    ])
    await other.write('d', append({ acked: [{ tab: 't', through: 2 }], updates: [stored(1, 2)] }))
    expect(await outbox()).toEqual([
      ['s', 7, 7],
      ['t', 3, 3],
    ])
    expect(await bytes()).toEqual([[1, 2]])
  })

  test('an ack in the same change comes before the edits', async () => {
    await store.write('d', append({ edits: [edit(1)] }))
    await store.write('d', append({ acked: [{ tab: 't', through: 2 }], edits: [edit(3)] }))
    expect(await outbox()).toEqual([['t', 3, 3]])
  })

  test('many edits of a tab keep their order', async () => {
    await store.write('d', append({ edits: [edit(100, 't', 3), edit(9, 't', 1), edit(10, 't', 2)] }))
    expect(await outbox()).toEqual([
      ['t', 9, 1],
      ['t', 10, 2],
      ['t', 100, 3],
    ])
  })

  test('[LIN1] a store without a lineage takes over that of the writer, and keeps it', async () => {
    await store.write('d', append({ lineage: null, edits: [edit(1)] }))
    expect(await other.load('d')).toMatchObject({ lineage: null })
    await store.write('d', append())
    await store.write('d', append({ lineage: null, edits: [edit(2)] }))
    expect(await other.load('d')).toMatchObject({ lineage })
  })

  test('[LIN2] a writer of another lineage changes nothing', async () => {
    await store.write('d', append({ edits: [edit(1)], move: { after: null, cursor: cursor(1) } }))
    const before = await other.load('d')
    const foreign = { lineage: otherLineage, edits: [edit(2)], acked: [{ tab: 't', through: 9 }] }
    expect(await store.write('d', append({ ...foreign, updates: [stored(1)] }))).toMatchObject({
      outcome: 'other-lineage',
    })
    expect(await store.write('d', whole(foreign))).toMatchObject({ outcome: 'other-lineage' })
    expect(await other.load('d')).toEqual(before)
  })

  test('[C1] the cursor moves only from where it stands; the rest of the change is stored all the same', async () => {
    await store.write('d', append({ move: { after: cursor(0), cursor: cursor(3) } }))
    expect(await seq()).toBe(3)
    const ahead = append({
      updates: [stored(1)],
      edits: [edit(1)],
      move: { after: cursor(5), cursor: cursor(6) },
    })
    expect(await store.write('d', ahead)).toMatchObject({ outcome: 'gap' })
    expect(await seq()).toBe(3)
    const elsewhere = append({ move: { after: cursor(3, 'f'.repeat(32)), cursor: cursor(4) } })
    expect(await store.write('d', elsewhere)).toMatchObject({ outcome: 'gap' })
    expect(await store.write('d', append({ move: { after: cursor(3), cursor: cursor(4) } }))).toMatchObject({
      outcome: 'written',
    })
    expect(await seq()).toBe(4)
    expect(await bytes()).toEqual([[1]])
    expect(await outbox()).toEqual([['t', 1, 1]])
  })

  test('[C1] a store that another tab has brought further stays where it is', async () => {
    await store.write('d', append({ move: { after: null, cursor: cursor(5) } }))
    for (const move of [
      { after: cursor(3), cursor: cursor(4) },
      { after: cursor(4), cursor: cursor(9) },
      { after: null, cursor: cursor(2) },
    ])
      expect(await other.write('d', append({ move }))).toMatchObject({ outcome: 'written' })
    expect(await seq()).toBe(5)
  })

  test('a whole takes the place of what it contains, and of nothing another tab wrote', async () => {
    const { keys } = await store.write('d', append({ updates: [stored(1), stored(2)] }))
    await other.write('d', append({ updates: [stored(3)], edits: [edit(1)] }))
    const written = await store.write('d', whole({ state: stored(1, 2), contained: keys, cursor: cursor(4) }))
    expect(written).toMatchObject({ outcome: 'written' })
    expect(await bytes()).toEqual([[3], [1, 2]])
    expect(await outbox()).toEqual([['t', 1, 1]])
    expect(await seq()).toBe(4)
    await store.write('d', whole({ contained: written.keys }))
    expect(await seq()).toBe(4)
    await store.write('d', whole({ cursor: cursor(2) }))
    expect(await seq()).toBe(2)
  })

  test('[LIN2] a replacement by another lineage moves all there was aside, in one transaction', async () => {
    await store.write(
      'd',
      append({ updates: [stored(1)], edits: [edit(1)], move: { after: null, cursor: cursor(3) } }),
    )
    await other.write('d', append({ edits: [edit(2, 's')] }))
    await store.write(
      'd',
      replace({ edits: [edit(9)], state: stored(7), aside: aside({ updates: [stored(5)] }) }),
    )
    expect(await other.load('d')).toMatchObject({ lineage: otherLineage, cursor: { seq: 1 } })
    expect(await bytes()).toEqual([[7]])
    expect(await outbox()).toEqual([['t', 9, 9]])
    const meta = { id: 'one', document: 'd', lineage, reason: 'other-lineage', timeMs: 5 }
    expect(await other.listAside()).toEqual([meta])
    const kept = (await other.readAside('one'))?.map(({ update }) => [...update])
    expect(kept?.sort()).toEqual([[1], [1], [2], [5]])
  })

  test('[LIN2] a second tab that finds the replacement done adds to it', async () => {
    await store.write('d', append({ edits: [edit(1)] }))
    await store.write('d', replace({ state: stored(7), aside: aside() }))
    await other.write('d', replace({ state: stored(8), aside: aside({ id: 'two', updates: [stored(6)] }) }))
    expect(await bytes()).toEqual([[7], [8]])
    expect((await store.readAside('two'))?.map(({ update }) => [...update])).toEqual([[6]])
    expect((await store.listAside()).map(({ id }) => id)).toEqual(['one', 'two'])
  })

  test('[LIN2] who leaves a history that the store has never heard of leaves nothing of other tabs that builds on it', async () => {
    await other.write('d', append({ lineage: null, edits: [edit(2, 's')] }))
    await store.write('d', replace({ edits: [edit(9)], state: stored(7), aside: aside() }))
    expect(await outbox()).toEqual([['t', 9, 9]])
    expect((await other.readAside('one'))?.map(({ update }) => [...update])).toEqual([[2]])
  })

  test('[LIN2] what has no place in the history of the store goes aside, and nothing else changes', async () => {
    await store.write('d', append({ updates: [stored(1)], edits: [edit(1)] }))
    const before = await store.load('d')
    const nothing = { lineage: null, incarnation: null, edits: [], acked: [], updates: [], move: null }
    await store.write('d', append({ ...nothing, aside: aside({ updates: [stored(6)] }) }))
    expect(await store.load('d')).toEqual(before)
    expect((await other.readAside('one'))?.map(({ update }) => [...update])).toEqual([[6]])
  })

  test('a rebuilt replica of the same lineage loses its updates and keeps its outbox', async () => {
    await store.write('d', append({ updates: [stored(1)], edits: [edit(1), edit(2)] }))
    const rebuilt = { lineage, rebuilt: true, cursor: cursor(9), acked: [{ tab: 't', through: 1 }] }
    await store.write('d', replace({ ...rebuilt, aside: aside({ reason: 'rebuilt' }) }))
    expect(await bytes()).toEqual([[0]])
    expect(await outbox()).toEqual([['t', 2, 2]])
    expect(await store.readAside('one')).toHaveLength(1)
    await store.write('d', replace({ ...rebuilt }))
    expect(await store.listAside()).toHaveLength(1)
  })

  test('with nothing to keep aside nothing is', async () => {
    await store.write('d', replace({ aside: aside() }))
    expect(await store.listAside()).toEqual([])
    expect(await store.readAside('one')).toBeNull()
  })

  test('what was kept aside can be deleted', async () => {
    await store.write('d', replace({ aside: aside({ updates: [stored(5)] }) }))
    await store.deleteAside('one')
    expect(await store.listAside()).toEqual([])
    expect(await store.readAside('one')).toBeNull()
    await store.deleteAside('one')
  })

  describe('what is new in the outbox', () => {
    const fresh = async (known: readonly [string, number][] = []) =>
      (await other.loadOutbox('d', new Map(known)))?.outbox.map(({ tab, number, update }) => [
        tab,
        number,
        ...update,
      ])

    test('of a document that was never written is null', async () => {
      await store.write('d2', append({ edits: [edit(1)] }))
      expect(await store.loadOutbox('d', new Map())).toBeNull()
    })

    test('is what is not known, tab by tab, with the lineage it belongs to', async () => {
      await store.write('d', append({ edits: [edit(1), edit(2), edit(10)] }))
      await store.write('d', append({ edits: [edit(3, 's'), edit(4, 's')] }))
      await store.write('d', append({ edits: [edit(7, 'u')] }))
      await store.write('d2', append({ edits: [edit(8, 'u')] }))
      expect(await other.loadOutbox('d', new Map())).toMatchObject({ lineage })
      const [s, t, u] = [
        [
          ['s', 3, 3],
          ['s', 4, 4],
        ],
        [
          ['t', 1, 1],
          ['t', 2, 2],
          ['t', 10, 10],
        ],
        [['u', 7, 7]],
      ] as const
      expect(await fresh()).toEqual([...s, ...t, ...u])
      expect(await fresh([['t', 2]])).toEqual([...s, ['t', 10, 10], ...u])
      expect(await fresh([['t', Number.POSITIVE_INFINITY]])).toEqual([...s, ...u])
      const all: [string, number][] = [
        ['s', 4],
        ['t', 10],
        ['u', 9],
        ['v', 1],
      ]
      expect(await fresh(all)).toEqual([])
    })
  })

  describe('a store that was wiped', () => {
    test('gives every document an incarnation, and keeps it', async () => {
      const { incarnation } = await store.write('d', append({ edits: [edit(1)] }))
      expect(incarnation).not.toBeNull()
      expect(await other.write('d', append({ incarnation, edits: [edit(2)] }))).toMatchObject({ incarnation })
      await other.write('d', replace())
      expect(await other.load('d')).toMatchObject({ incarnation })
      expect(await other.loadOutbox('d', new Map())).toMatchObject({ incarnation })
      expect((await store.write('d2', append())).incarnation).not.toBe(incarnation)
    })

    test('stores nothing of what builds on what is gone', async () => {
      for (const change of [append, whole, replace]) {
        const onNothing = { ...change({ edits: [edit(1)] }), incarnation: 5 }
        expect(await store.write('d', onNothing)).toMatchObject({ outcome: 'wiped', incarnation: null })
      }
      expect(await other.load('d')).toBeNull()
      const { incarnation } = await store.write('d', append({ edits: [edit(1)] }))
      const onAnother = append({ incarnation: 5, edits: [edit(2)], updates: [stored(1)] })
      expect(await store.write('d', onAnother)).toEqual({ outcome: 'wiped', incarnation, keys: [] })
      expect(await outbox()).toEqual([['t', 1, 1]])
      expect(await bytes()).toEqual([])
    })
  })

  test('closing waits for what is under way', async () => {
    const large = { update: new Uint8Array(100_000).fill(7), version: 1 } as const
    const written = store.write('d', whole({ state: large }))
    await store.close()
    expect(await written).toMatchObject({ outcome: 'written' })
    expect((await other.load('d'))?.updates).toMatchObject([large])
  })

  test('closing twice is harmless', async () => {
    await store.close()
    await store.close()
  })
}
