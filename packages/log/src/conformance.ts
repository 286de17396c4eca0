import { type Check, type Cursor, emptyCheck, type Lineage, type Seq } from '@tidemark/base'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Judgement } from './judge.ts'
import type { Entry, NewEntry, Snapshot, UpdateLog } from './update-log.ts'

/** One log under test. */
export interface LogUnderTest {
  readonly log: UpdateLog
  /** Closes the log and opens another over the same storage: stands for a restart. */
  reopen(): Promise<UpdateLog>
  /** Copies the storage as it is now, with nothing in flight; the result closes the log and opens another over the copy. */
  copy(): () => Promise<UpdateLog>
  /** Closes the log and removes its storage. */
  close(): Promise<void>
}

const lineage: Lineage = 'a1'.repeat(16)
const otherLineage: Lineage = 'b2'.repeat(16)
const doc = 'a document'
const everything = 2 ** 30

/** The suite that every update log passes: each sentence of the contract in update-log.ts that can be observed. */
export function testUpdateLog(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`${name} is an update log`, () => {
    let under: LogUnderTest
    let log: UpdateLog

    beforeEach(async () => {
      under = await open()
      log = under.log
    })
    afterEach(() => under.close())

    async function reopen(): Promise<void> {
      log = await under.reopen()
    }

    /** A document that holds `count` entries. */
    async function written(count: number, document = doc): Promise<readonly Check[]> {
      await log.create(document, lineage)
      return (await appendTo(log, document, 0, numbered(count))).checks
    }

    describe('create and load', () => {
      test('a document that was never created has no state', async () => {
        expect(await log.load(doc)).toBeNull()
        expect(await log.readSnapshot(doc)).toBeNull()
        expect(await log.judge(doc, { lineage, seq: 0, check: emptyCheck })).toBe('unknown')
      })

      test('a created document is empty, and stays so over a restart', async () => {
        const created = { lineage, head: 0, check: emptyCheck, floor: 0, snapshot: null }
        expect(await log.create(doc, lineage)).toEqual(created)
        await reopen()
        expect(await log.load(doc)).toEqual(created)
        expect(await log.read(doc, 0, everything)).toEqual([])
      })

      test('[LIN1] the first lineage wins, also among creations in flight', async () => {
        const states = await Promise.all([log.create(doc, lineage), log.create(doc, otherLineage)])
        expect(states.map((state) => state.lineage)).toEqual([lineage, lineage])
        await appendTo(log, doc, 0, numbered(1))
        expect(await log.create(doc, otherLineage)).toMatchObject({ lineage, head: 1 })
      })

      test('an append may follow a creation still in flight', async () => {
        const created = log.create(doc, lineage)
        const appended = appendTo(log, doc, 0, numbered(1))
        await created
        expect(await appended).toMatchObject({ head: 1 })
      })
    })

    describe('append and read', () => {
      test('entries are read as they were appended, in order, over a restart', async () => {
        await log.create(doc, lineage)
        const entries = [
          entry(Uint8Array.of(1, 2, 3), 'anna', 1_700_000_000_123),
          entry(new Uint8Array(0), '', 0),
          entry(Uint8Array.of(0, 255), 'Zoë 😀 \uFFFF', 1.5),
          entry(Uint8Array.of(7), 'before\0after', 2),
        ]
        const receipt = await appendTo(log, doc, 0, entries)
        expect(receipt).toMatchObject({
          head: 4,
          checks: entries.map(() => expect.any(String)),
        })
        const expected = entries.map((each, at) => ({ ...each, seq: at + 1, check: receipt.checks[at] }))
        expect(plain(await log.read(doc, 0, everything))).toEqual(expected)
        expect(await log.load(doc)).toMatchObject({ head: 4, check: receipt.checks[3], floor: 0 })
        await reopen()
        expect(plain(await log.read(doc, 0, everything))).toEqual(expected)
        expect(await log.load(doc)).toMatchObject({ head: 4, check: receipt.checks[3], floor: 0 })
      })

      test('a time of minus zero is one of zero', async () => {
        await log.create(doc, lineage)
        await appendTo(log, doc, 0, [entry(Uint8Array.of(1), 'anna', -0)])
        await reopen()
        expect((await log.read(doc, 0, everything))[0]!.timeMs === 0).toBe(true)
      })

      test('checks are 32 hex digits and depend on everything before', async () => {
        const checks = await written(3)
        expect(new Set(checks).size).toBe(3)
        for (const check of checks) expect(check).toMatch(/^[0-9a-f]{32}$/)
        await log.create('other', lineage)
        const second = await appendTo(log, 'other', 0, [
          numbered(1)[0]!,
          entry(Uint8Array.of(9)),
          numbered(3)[2]!,
        ])
        expect(second.checks[0]).toBe(checks[0])
        expect(second.checks[2]).not.toBe(checks[2])
      })

      test('an author is part of what a check names', async () => {
        await log.create(doc, lineage)
        await log.create('other', lineage)
        const one = await appendTo(log, doc, 0, [entry(Uint8Array.of(1), 'anna')])
        const two = await appendTo(log, 'other', 0, [entry(Uint8Array.of(1), 'bert')])
        expect(chainOf(one.checks[0]!)).not.toBe(chainOf(two.checks[0]!))
      })

      test('chains go on over a restart as if there had been none', async () => {
        const checks = await written(4)
        await log.create('other', lineage)
        const first = await appendTo(log, 'other', 0, numbered(4).slice(0, 2))
        await reopen()
        const rest = await appendTo(log, 'other', 2, numbered(4).slice(2))
        expect([...first.checks, ...rest.checks].map(chainOf)).toEqual(checks.map(chainOf))
      })

      test('an append of nothing changes nothing', async () => {
        await written(2)
        expect(await appendTo(log, doc, 2, [])).toEqual({ head: 2, checks: [] })
      })

      test('a large entry is stored whole', async () => {
        await log.create(doc, lineage)
        const large = Uint8Array.from({ length: 6_000_000 }, (_, at) => (at * 31) % 251)
        await appendTo(log, doc, 0, [entry(Uint8Array.of(1)), entry(large), entry(Uint8Array.of(2))])
        const [, found] = await log.read(doc, 0, everything)
        expect(Buffer.compare(found!.update, large)).toBe(0)
      })

      test('ten thousand entries in one append keep their order', async () => {
        const checks = await written(10_000)
        const entries: Entry[] = []
        for (let pages = 0; pages < 3; pages++)
          entries.push(...(await log.read(doc, entries.length, everything)))
        expect(entries.map((each) => each.seq)).toEqual(checks.map((_, at) => at + 1))
        expect(entries.map((each) => each.check)).toEqual(checks)
      })
    })

    describe('[R1] compare and set', () => {
      test.each([
        ['below the head', 1],
        ['above the head', 3],
      ])('an append %s is a conflict and leaves nothing', async (_name, after) => {
        await written(2)
        await expect(appendTo(log, doc, after, numbered(2))).rejects.toMatchObject({ code: 'log/conflict' })
        expect(await log.read(doc, 0, everything)).toHaveLength(2)
        expect(await appendTo(log, doc, 2, numbered(1))).toMatchObject({ head: 3 })
      })

      test('an append with another lineage is a conflict', async () => {
        await written(2)
        const refused = log.append(doc, { lineage: otherLineage, after: 2, entries: numbered(1) })
        await expect(refused).rejects.toMatchObject({ code: 'log/conflict' })
      })

      test('an append to a document that does not exist is a conflict', async () => {
        await expect(appendTo(log, doc, 0, numbered(1))).rejects.toMatchObject({ code: 'log/conflict' })
        await expect(log.read(doc, 0, everything)).rejects.toMatchObject({ code: 'log/conflict' })
      })

      test('of two appends after the same seq one is refused', async () => {
        await written(1)
        const both = await Promise.allSettled([
          appendTo(log, doc, 1, numbered(1)),
          appendTo(log, doc, 1, numbered(1)),
        ])
        expect(both.map((each) => each.status)).toEqual(['fulfilled', 'rejected'])
        expect(await log.load(doc)).toMatchObject({ head: 2 })
      })
    })

    describe('pipelines', () => {
      test('appends counting on others in flight succeed in the order of the calls', async () => {
        await log.create(doc, lineage)
        const settled: number[] = []
        const appends = numbered(200).map(async (each, at) => {
          const receipt = await appendTo(log, doc, at, [each])
          settled.push(receipt.head)
          return receipt
        })
        const receipts = await Promise.all(appends)
        expect(receipts.map((receipt) => receipt.head)).toEqual(numbered(200).map((_, at) => at + 1))
        expect(settled).toEqual([...settled].sort((a, b) => a - b))
        const entries = await log.read(doc, 0, everything)
        expect(entries.map((each) => each.check)).toEqual(receipts.flatMap((receipt) => receipt.checks))
      })

      test('what counted on a refused append is refused too, and nothing of it is seen', async () => {
        await written(1)
        const appends = await Promise.allSettled([
          appendTo(log, doc, 1, numbered(2)),
          appendTo(log, doc, 7, numbered(1)),
          appendTo(log, doc, 8, numbered(1)),
          appendTo(log, doc, 9, numbered(1)),
        ])
        expect(appends.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
        for (const each of appends.slice(1)) expect(each).toMatchObject({ reason: { code: 'log/conflict' } })
        expect(await log.load(doc)).toMatchObject({ head: 3 })
      })

      test('a read sees all that was acknowledged before it was called', async () => {
        await log.create(doc, lineage)
        for (let seq = 1; seq <= 20; seq++) {
          await appendTo(log, doc, seq - 1, numbered(1))
          expect(await log.read(doc, seq - 1, everything)).toMatchObject([{ seq }])
          expect(await log.load(doc)).toMatchObject({ head: seq })
        }
      })

      test('documents do not touch each other', async () => {
        const ids = ['a', 'b', 'A', 'b ', '文書', '😀']
        await Promise.all(ids.map((id) => log.create(id, lineage)))
        const appends = ids.flatMap((id, at) => [
          appendTo(log, id, 0, [entry(Uint8Array.of(at))]),
          appendTo(log, id, 5, numbered(1)).catch(() => null),
          appendTo(log, id, 1, [entry(Uint8Array.of(at, at))]),
        ])
        await Promise.all(appends)
        for (const [at, id] of ids.entries()) {
          const entries = await log.read(id, 0, everything)
          expect(entries.map((each) => [...each.update])).toEqual([[at], [at, at]])
        }
      })
    })

    describe('read', () => {
      test('a page holds what fits, and at least one entry', async () => {
        await log.create(doc, lineage)
        const sizes = [10, 20, 30, 0, 0, 5]
        await appendTo(
          log,
          doc,
          0,
          sizes.map((size) => entry(new Uint8Array(size))),
        )
        const page = async (after: Seq, bytesMax: number): Promise<readonly Seq[]> =>
          (await log.read(doc, after, bytesMax)).map((each) => each.seq)
        expect(await page(0, 0)).toEqual([1])
        expect(await page(0, 29)).toEqual([1])
        expect(await page(0, 30)).toEqual([1, 2])
        expect(await page(1, 49)).toEqual([2])
        expect(await page(2, 30)).toEqual([3, 4, 5])
        expect(await page(3, 0)).toEqual([4, 5])
        expect(await page(0, 65)).toEqual([1, 2, 3, 4, 5, 6])
        expect(await page(6, 100)).toEqual([])
      })

      test('reading above the head or below the floor is a mistake', async () => {
        await written(10)
        await withSnapshots(4, 8)
        expect(await log.trim(doc, lineage, 3)).toBe(3)
        await expect(log.read(doc, 11, everything)).rejects.toThrow(RangeError)
        await expect(log.read(doc, 2, everything)).rejects.toThrow(RangeError)
        expect((await log.read(doc, 3, everything))[0]).toMatchObject({ seq: 4 })
      })
    })

    /** Snapshots of `doc` at these seqs, one after the other. */
    async function withSnapshots(...seqs: readonly Seq[]): Promise<void> {
      for (const seq of seqs) await log.writeSnapshot(doc, lineage, await snapshotAt(log, seq))
    }

    describe('[R4] snapshots and trim', () => {
      test('the latest snapshot is read back whole, over a restart', async () => {
        await written(9)
        await withSnapshots(3, 5, 9)
        const latest = await snapshotAt(log, 9)
        const { body, ...rest } = latest
        expect(plainSnapshot(await log.readSnapshot(doc))).toEqual(latest)
        await reopen()
        expect(plainSnapshot(await log.readSnapshot(doc))).toEqual(latest)
        const { snapshot, ...state } = (await log.load(doc))!
        expect(state).toMatchObject({ head: 9, floor: 0 })
        expect({ ...snapshot, summary: bytesOf(snapshot!.summary) }).toEqual(rest)
        expect(body.length).toBeGreaterThan(0)
        expect(snapshot).not.toHaveProperty('body')
      })

      test('a snapshot may be large, and its body or summary empty', async () => {
        const checks = await written(3)
        const body = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 253)
        const large = { seq: 1, check: checks[0]!, summary: new Uint8Array(0), body, timeMs: 5 }
        await log.writeSnapshot(doc, lineage, large)
        expect(Buffer.compare((await log.readSnapshot(doc))!.body, body)).toBe(0)
        const empty = { ...large, seq: 2, check: checks[1]!, body: new Uint8Array(0) }
        await log.writeSnapshot(doc, lineage, empty)
        expect(await log.readSnapshot(doc)).toMatchObject({
          seq: 2,
          body: { length: 0 },
          summary: { length: 0 },
        })
      })

      test('a snapshot deletes no entry, and entries can be appended after it', async () => {
        await written(3)
        await withSnapshots(3)
        expect(await log.read(doc, 0, everything)).toHaveLength(3)
        expect(await appendTo(log, doc, 3, numbered(1))).toMatchObject({ head: 4 })
      })

      test.each([
        ['at the seq of the latest', 4],
        ['below the latest', 3],
        ['above the head', 7],
      ])('a snapshot %s is a conflict', async (_name, seq) => {
        await written(6)
        await withSnapshots(2, 4)
        const snapshot = { ...(await snapshotAt(log, 4)), seq }
        await expect(log.writeSnapshot(doc, lineage, snapshot)).rejects.toMatchObject({
          code: 'log/conflict',
        })
        expect(await log.readSnapshot(doc)).toMatchObject({ seq: 4 })
      })

      test.each<[string, Partial<Snapshot>]>([
        ['a seq that is none', { seq: Number.NaN }],
        ['a seq between two others', { seq: 2.5 }],
        ['a check that is none', { check: 'c' }],
        ['a time that is none', { timeMs: Number.NaN }],
      ])('a snapshot with %s is a mistake that touches nothing else', async (_name, mistake) => {
        await written(6)
        const snapshot = { ...(await snapshotAt(log, 4)), ...mistake }
        await expect(log.writeSnapshot(doc, lineage, snapshot)).rejects.toThrow('assertion failed')
        await expect(log.trim(doc, lineage, Number.NaN)).rejects.toThrow('assertion failed')
        expect(await log.readSnapshot(doc)).toBeNull()
        expect(await appendTo(log, doc, 6, numbered(1))).toMatchObject({ head: 7 })
      })

      test('a snapshot or trim for another lineage, or of no document, is a conflict', async () => {
        await written(6)
        const snapshot = await snapshotAt(log, 3)
        const refused = { code: 'log/conflict' }
        await expect(log.writeSnapshot(doc, otherLineage, snapshot)).rejects.toMatchObject(refused)
        await expect(log.writeSnapshot('none', lineage, snapshot)).rejects.toMatchObject(refused)
        await expect(log.trim(doc, otherLineage, 3)).rejects.toMatchObject(refused)
        await expect(log.trim('none', lineage, 3)).rejects.toMatchObject(refused)
      })

      test('[R4] nothing is trimmed that the previous snapshot does not cover', async () => {
        await written(2000)
        expect(await log.trim(doc, lineage, 2000)).toBe(0)
        await withSnapshots(1000)
        expect(await log.trim(doc, lineage, 2000)).toBe(0)
        await withSnapshots(1500)
        expect(await log.trim(doc, lineage, 600)).toBe(600)
        expect(await log.trim(doc, lineage, 100)).toBe(600)
        expect(await log.trim(doc, lineage, 2000)).toBe(1000)
        expect(await log.load(doc)).toMatchObject({ floor: 1000, head: 2000 })
        await reopen()
        expect(await log.load(doc)).toMatchObject({ floor: 1000, head: 2000 })
        expect((await log.read(doc, 1000, everything)).map((each) => each.seq)).toHaveLength(1000)
      })

      test('appends pass while a log is trimmed', async () => {
        await written(2000)
        await withSnapshots(1500, 2000)
        const trimmed = log.trim(doc, lineage, 1500)
        const appended = appendTo(log, doc, 2000, numbered(1))
        expect(await appended).toMatchObject({ head: 2001 })
        expect(await trimmed).toBe(1500)
      })
    })

    describe('judge and issued', () => {
      const cursorsOf = (checks: readonly Check[], after: Seq = 0): readonly Cursor[] =>
        checks.map((check, at) => ({ lineage, seq: after + at + 1, check }))

      const judged = (cursors: readonly Cursor[]): Promise<readonly Judgement[]> =>
        Promise.all(cursors.map((cursor) => log.judge(doc, cursor)))

      const all = (count: number, judgement: Judgement): readonly Judgement[] =>
        Array.from({ length: count }, () => judgement)

      async function append(after: Seq, count: number): Promise<readonly Cursor[]> {
        return cursorsOf((await appendTo(log, doc, after, numbered(count))).checks, after)
      }

      /** The log is compacted up to `through`. */
      async function compacted(through: Seq): Promise<void> {
        await withSnapshots(through, through + 1)
        await log.trim(doc, lineage, through)
      }

      test('[R3] a log holds seq 0, the entries kept, the snapshots kept, and what was compacted away', async () => {
        const cursors = cursorsOf(await written(10))
        await withSnapshots(2, 5, 8)
        await log.trim(doc, lineage, 5)
        expect(await log.load(doc)).toMatchObject({ floor: 5 })
        const start = { lineage, seq: 0, check: emptyCheck }
        expect(await judged([start, ...cursors])).toEqual(all(11, 'held'))
        expect(await log.judge(doc, { ...start, lineage: otherLineage })).toBe('unknown')
      })

      test('[R3] nothing is told of a cursor that this log did not issue', async () => {
        const cursors = cursorsOf(await written(10))
        await compacted(5)
        const [first, last] = [cursors[0]!, cursors[9]!]
        const invented = [
          { ...first, check: 'f'.repeat(32) },
          { ...first, check: emptyCheck },
          { ...first, check: last.check },
          { ...first, seq: 2 },
          { ...last, seq: 9 },
          { ...last, seq: 11 },
          { ...last, lineage: otherLineage },
          // Chain and tag are right, the epoch is another.
          { ...first, check: `${chainOf(first.check)}00000000${first.check.slice(20)}` },
        ]
        expect(await judged(invented)).toEqual(all(invented.length, 'unknown'))
      })

      test('[R3] a cursor below the floor is held over any number of restarts, with appends or without', async () => {
        const before = cursorsOf(await written(4))
        await reopen()
        await reopen()
        const then = await append(4, 3)
        await reopen()
        const later = await append(7, 3)
        await compacted(8)
        await reopen()
        expect(await judged([...before, ...then, ...later])).toEqual(all(10, 'held'))
      })

      test('[R3] what an older copy lacks is lost, above the floor and below it; what it has is held', async () => {
        const kept = cursorsOf(await written(4))
        const putBack = under.copy()
        const lost = await append(4, 4)
        log = await putBack()
        expect(await judged([...kept, ...lost])).toEqual([...all(4, 'held'), ...all(4, 'lost')])
        // The same is written again: other entries, as others may have been written beside them.
        const again = await append(4, 4)
        const later = await append(8, 2)
        expect(await judged([...kept, ...lost, ...again])).toEqual([
          ...all(4, 'held'),
          ...all(4, 'lost'),
          ...all(4, 'held'),
        ])
        await compacted(9)
        await reopen()
        expect(await judged([...kept, ...lost])).toEqual([...all(4, 'held'), ...all(4, 'lost')])
        expect(await judged([...again, ...later])).toEqual(all(6, 'held'))
      })

      test('[R3] a copy that is put back twice leads to two pasts: each has lost what the other holds', async () => {
        const kept = cursorsOf(await written(2))
        const putBack = under.copy()
        log = await putBack()
        const once = await append(2, 4)
        log = await putBack()
        const twice = await append(2, 4)
        await compacted(5)
        expect(await judged([...kept, ...once, ...twice])).toEqual([
          ...all(2, 'held'),
          ...all(4, 'lost'),
          ...all(4, 'held'),
        ])
      })

      test('[R3] a tail that a crash took is lost, also when as much was written since', async () => {
        await log.create(doc, lineage)
        const kept = await append(0, 3)
        const putBack = under.copy()
        const torn = await append(3, 1)
        log = await putBack()
        const other = cursorsOf((await appendTo(log, doc, 3, [entry(Uint8Array.of(9))])).checks, 3)
        await append(4, 2)
        await compacted(4)
        expect(await judged([...kept, ...torn, ...other])).toEqual([...all(3, 'held'), 'lost', 'held'])
      })

      test('[R3] a document that was lost whole and made again has lost what it held', async () => {
        const putBack = under.copy()
        const lost = cursorsOf(await written(3))
        log = await putBack()
        await written(6)
        await compacted(4)
        expect(await judged(lost)).toEqual(all(3, 'lost'))
      })

      test('[R3] a log knows what it issued, also after a restart, and nothing else', async () => {
        const checks = await written(3)
        await reopen()
        const own = { lineage, seq: 3, check: checks[2]! }
        expect(log.issued(own)).toBe(true)
        expect(log.issued({ ...own, seq: 2 })).toBe(false)
        expect(log.issued({ ...own, seq: 4 })).toBe(false)
        expect(log.issued({ ...own, lineage: otherLineage })).toBe(false)
        expect(
          log.issued({ ...own, check: `${own.check.slice(0, 31)}${own.check.endsWith('0') ? 1 : 0}` }),
        ).toBe(false)
        expect(log.issued({ ...own, check: 'ff'.repeat(16) })).toBe(false)
        expect(log.issued({ ...own, check: '' })).toBe(false)
        expect(log.issued({ lineage, seq: 0, check: emptyCheck })).toBe(false)
      })

      test('[R3] a log still knows the cursors of what it no longer holds', async () => {
        const checks = await written(3)
        await log.delete(doc)
        expect(log.issued({ lineage, seq: 3, check: checks[2]! })).toBe(true)
      })
    })

    describe('delete and list', () => {
      test('a deleted document is gone and its id may begin again', async () => {
        await written(600)
        await withSnapshots(100, 200)
        await log.delete(doc)
        expect(await log.load(doc)).toBeNull()
        expect(await log.readSnapshot(doc)).toBeNull()
        expect(await log.list(null, 10)).toEqual([])
        await expect(appendTo(log, doc, 600, numbered(1))).rejects.toMatchObject({ code: 'log/conflict' })
        await log.delete(doc)
        expect(await log.create(doc, otherLineage)).toMatchObject({
          lineage: otherLineage,
          head: 0,
          snapshot: null,
        })
        await reopen()
        expect(await log.load(doc)).toMatchObject({
          lineage: otherLineage,
          head: 0,
          floor: 0,
          snapshot: null,
        })
        expect(await log.read(doc, 0, everything)).toEqual([])
      })

      test('documents are listed in the order of their UTF-8 bytes, in pages', async () => {
        const ids = ['B', 'a', 'a b', 'b', 'é', '文', '\uFF5E', '😀']
        for (const id of [...ids].reverse()) await log.create(id, lineage)
        expect(await log.list(null, 100)).toEqual(ids)
        expect(await log.list(null, 3)).toEqual(ids.slice(0, 3))
        expect(await log.list('a b', 3)).toEqual(ids.slice(3, 6))
        expect(await log.list('b0', 100)).toEqual(ids.slice(4))
        expect(await log.list('\uFF5E', 100)).toEqual(['😀'])
        expect(await log.list('😀', 100)).toEqual([])
        expect(await log.list(null, 0)).toEqual([])
      })
    })

    describe('close', () => {
      test('close waits for what is in flight', async () => {
        await log.create(doc, lineage)
        const appends = numbered(50).map((each, at) => appendTo(log, doc, at, [each]))
        await log.close()
        expect((await Promise.all(appends)).at(-1)).toMatchObject({ head: 50 })
        await reopen()
        expect(await log.load(doc)).toMatchObject({ head: 50 })
      })

      test('a closed log accepts nothing, and may be closed again', async () => {
        await written(1)
        await log.close()
        await log.close()
        const closed = { code: 'log/closed' }
        await expect(log.load(doc)).rejects.toMatchObject(closed)
        await expect(log.create('other', lineage)).rejects.toMatchObject(closed)
        await expect(appendTo(log, doc, 1, numbered(1))).rejects.toMatchObject(closed)
        await expect(log.read(doc, 0, 1)).rejects.toMatchObject(closed)
        await expect(log.list(null, 1)).rejects.toMatchObject(closed)
        await expect(log.delete(doc)).rejects.toMatchObject(closed)
      })
    })
  })
}

function appendTo(
  log: UpdateLog,
  document: string,
  after: Seq,
  entries: readonly NewEntry[],
): ReturnType<UpdateLog['append']> {
  return log.append(document, { lineage, after, entries })
}

function entry(update: Uint8Array, author = 'anna', timeMs = 1): NewEntry {
  return { update, author, timeMs }
}

/** Entries that can be told apart. */
function numbered(count: number): readonly NewEntry[] {
  return Array.from({ length: count }, (_, at) =>
    entry(Uint8Array.of(at % 256, at >> 8), `author ${at % 3}`, at),
  )
}

/** The part of a check that names the content alone. */
function chainOf(check: Check): string {
  return check.slice(0, 12)
}

async function snapshotAt(log: UpdateLog, seq: Seq): Promise<Snapshot> {
  const state = await log.load(doc)
  const entries = state && seq <= state.head ? await log.read(doc, state.floor, everything) : []
  const check = entries.find((each) => each.seq === seq)?.check ?? emptyCheck
  return { seq, check, summary: Uint8Array.of(seq % 256), body: Uint8Array.of(1, 2, seq % 256), timeMs: seq }
}

/** As plain Uint8Arrays, whatever view the log has returned. */
function plain<T extends { readonly update: Uint8Array }>(entries: readonly T[]): readonly T[] {
  return entries.map((each) => ({ ...each, update: bytesOf(each.update) }))
}

function plainSnapshot(snapshot: Snapshot | null): Snapshot | null {
  return snapshot && { ...snapshot, summary: bytesOf(snapshot.summary), body: bytesOf(snapshot.body) }
}

function bytesOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}
