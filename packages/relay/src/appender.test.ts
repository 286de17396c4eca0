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
    // Answers at once when it is told to, not a moment later as a promise would.
    append: (_id: string, append: Append) => ({
      then(answer: Asked['answer'], fail: Asked['fail']) {
        asked.push({ append, answer, fail })
      },
    }),
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
  expect(told).toEqual([])
  asked[0]?.answer({ head: 2, checks: ['c1', 'c2'] })
  expect(told).toEqual(['append 1', 'append 2', 'append 3'])
})

test('[R1] what was admitted when one before it failed never reaches the log, and nobody waits for its answer', async () => {
  push(1)
  await moment()
  push(2)
  push(3)
  asked[0]?.fail(full)
  expect(told).toEqual(['log/full, 3 dropped'])
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

test('a receipt for fewer entries than were appended is not believed', async () => {
  push(1)
  push(2)
  await moment()
  expect(() => asked[0]?.answer({ head: 2, checks: ['c2'] })).toThrow('a receipt for other entries')
})
