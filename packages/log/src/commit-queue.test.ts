import { expect, test } from 'vitest'
import {
  batchBytesMax,
  batchWritesMax,
  CommitQueue,
  isFollower,
  lowestAfters,
  type WaitingWrite,
} from './commit-queue.ts'
import { rowsDeletedMax, type Write } from './write.ts'

const lineage = 'a1'.repeat(16)

function waiting(
  document: string,
  after: number,
  options: { entries?: number; bytes?: number } = {},
): WaitingWrite {
  const { entries = 1, bytes = 1 } = options
  const entry = { update: new Uint8Array(0), author: '', timeMs: 0 }
  const append = { lineage, after, entries: Array.from({ length: entries }, () => entry) }
  return { write: { kind: 'append', document, append }, bytes, settle: () => {}, reject: () => {} }
}

function queueOf(...all: readonly WaitingWrite[]): CommitQueue {
  const queue = new CommitQueue(1000)
  for (const each of all) queue.add(each)
  return queue
}

test('what arrives while a batch is in flight is the next batch', () => {
  const [a, b, c] = [waiting('a', 0), waiting('a', 1), waiting('b', 0)]
  const queue = queueOf(a, b)
  expect(queue.takeBatch()).toEqual([a, b])
  queue.add(c)
  expect(queue.takeBatch()).toEqual([])
  queue.settled()
  expect(queue.takeBatch()).toEqual([c])
  queue.settled()
  expect(queue.takeBatch()).toEqual([])
  expect(queue.isEmpty).toBe(true)
})

test.each([
  ['entries', { entries: batchWritesMax - 1 }],
  ['bytes', { bytes: batchBytesMax - 1 }],
])('a batch ends where the next write would exceed its %s', (_name, almost) => {
  const [first, last, next] = [waiting('a', 0, almost), waiting('b', 0), waiting('c', 0)]
  const queue = queueOf(first, last, next)
  expect(queue.takeBatch()).toEqual([first, last])
  queue.settled()
  expect(queue.takeBatch()).toEqual([next])
})

test('a write larger than a batch is a batch of its own', () => {
  const [large, next] = [
    waiting('a', 0, { bytes: batchBytesMax * 2, entries: batchWritesMax * 2 }),
    waiting('b', 0),
  ]
  const queue = queueOf(large, next)
  expect(queue.takeBatch()).toEqual([large])
})

test('there is room up to the limit exactly, in flight or not', () => {
  const queue = new CommitQueue(100)
  queue.add(waiting('a', 0, { bytes: 60 }))
  queue.takeBatch()
  expect(queue.hasRoomFor(40)).toBe(true)
  expect(queue.hasRoomFor(41)).toBe(false)
  queue.settled()
  expect(queue.bytes).toBe(0)
})

test('a write above the limit has room when nothing else is there: it could never be made otherwise', () => {
  const queue = new CommitQueue(100)
  expect(queue.hasRoomFor(5000)).toBe(true)
  queue.add(waiting('a', 0, { bytes: 1 }))
  expect(queue.hasRoomFor(5000)).toBe(false)
})

test('appends that counted on a failed one leave the queue, others of the document and other documents stay', () => {
  const [next, same, later, other] = [waiting('a', 6), waiting('a', 5), waiting('a', 9), waiting('b', 9)]
  const queue = queueOf(next, same, later, other)
  expect(queue.takeFollowers(new Map([['a', 5]]))).toEqual([next, later])
  expect(queue.bytes).toBe(2)
  expect(queue.takeBatch()).toEqual([same, other])
})

test('everything can be taken out, and counts no more', () => {
  const [a, b] = [waiting('a', 0), waiting('b', 0, { bytes: 7 })]
  const queue = queueOf(a)
  queue.takeBatch()
  queue.add(b)
  expect(queue.takeAll()).toEqual([a, b])
  expect([queue.isEmpty, queue.bytes]).toEqual([true, 0])
})

test('followers are judged by the lowest seq of their document that failed', () => {
  const failed = lowestAfters([waiting('a', 7).write, waiting('a', 5).write, { kind: 'sweep' }])
  expect([...failed]).toEqual([['a', 5]])
  expect(isFollower(waiting('a', 5).write, failed)).toBe(false)
  expect(isFollower(waiting('a', 6).write, failed)).toBe(true)
  expect(isFollower(waiting('b', 6).write, failed)).toBe(false)
  expect(isFollower({ kind: 'delete', document: 'a' }, failed)).toBe(false)
})

test.each<Write>([{ kind: 'sweep' }, { kind: 'trim', document: 'a', lineage, through: 9, covered: false }])(
  'a batch deletes no more rows than it may insert (%s)',
  (write) => {
    const each = { write, bytes: 1, settle: () => {}, reject: () => {} }
    const queue = queueOf(...Array.from({ length: 100 }, () => each))
    expect(queue.takeBatch()).toHaveLength(Math.floor(batchWritesMax / rowsDeletedMax))
  },
)
