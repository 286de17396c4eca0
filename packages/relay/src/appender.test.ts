import { TidemarkError } from '@tidemark/base'
import type { Append, Receipt, UpdateLog } from '@tidemark/log'
import { beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Appender, type Durable } from './appender.ts'
import type { Attached } from './attached.ts'
import { createHeld } from './history.ts'
import type { LoadedDocument } from './loading.ts'

interface Asked {
  readonly append: Append
  answer(receipt: Receipt): void
  fail(error: Error): void
}

const alice = { principal: 'alice' } as Attached
const full = new TidemarkError('log/full', 'no space left')

let asked: Asked[]
let told: string[]
let updates: Uint8Array[]
let appender: Appender

beforeEach(() => {
  asked = []
  told = []
  updates = []
  const doc = new Y.Doc()
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (const text of ['a', 'b', 'c']) doc.getText('t').insert(0, text)
  const log = {
    append: (_id: string, append: Append) =>
      new Promise((answer, fail) => asked.push({ append, answer, fail })),
  } as unknown as UpdateLog
  const loaded = { lineage: 'ab', head: 0, check: '', held: createHeld(), tail: { push() {} } }
  appender = new Appender({
    id: 'notes',
    log,
    clock: { now: () => 1, after: () => () => {}, turn: () => {} },
    limits: { updateBytesMax: 1_000, inFlightBytesMax: 10_000 },
    mayAnnounce: () => true,
    loaded: loaded as unknown as LoadedDocument,
    onDurable: (item: Durable) => told.push(`${item.kind} ${item.batch}`),
    onFailed: (failure, dropped) => told.push(`${failure.code}, ${dropped.length} dropped`),
    onAnswered: () => told.push('answered'),
  })
})

function push(batch: number): void {
  expect(appender.push(alice, batch, updates[batch - 1] as Uint8Array, 'native').kind).toBe('taken')
}

const moment = (): Promise<void> => Promise.resolve()

test('what is pushed at one moment is one append, and durable in order', async () => {
  push(1)
  push(2)
  expect(asked).toEqual([])
  await moment()
  push(3)
  await moment()
  expect(asked.map(({ append }) => [append.after, append.entries.length])).toEqual([
    [0, 2],
    [2, 1],
  ])
  asked[1]?.answer({ head: 3, checks: ['c3'] })
  await moment()
  expect(told).toEqual([])
  asked[0]?.answer({ head: 2, checks: ['c1', 'c2'] })
  await moment()
  expect(told).toEqual(['append 1', 'append 2', 'append 3'])
})

test('[R1] what was admitted when one before it failed never reaches the log, and nobody waits for its answer', async () => {
  push(1)
  await moment()
  // What is to be told first is told first: the failure comes between these pushes and their append.
  asked[0]?.fail(full)
  push(2)
  push(3)
  expect(told).toEqual([])
  await moment()
  expect(asked.length).toBe(1)
  expect(told).toEqual(['log/full, 3 dropped', 'answered'])
})

test('[FAIL3] what was admitted when the document is given up is not stored', async () => {
  push(1)
  appender.stop()
  await moment()
  expect(asked).toEqual([])
})
