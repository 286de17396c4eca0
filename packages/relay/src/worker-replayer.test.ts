import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { ManualClock } from '@tidemark/base/testing'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { packEntries } from './packed-entries.ts'
import type { Replayer, ReplaySource } from './replayer.ts'
import { systemClock } from './system-clock.ts'
import { createWorkerReplayer } from './worker-replayer.ts'

const opened: Replayer[] = []
const restarts: string[] = []

afterEach(async () => {
  restarts.length = 0
  for (const replayer of opened.splice(0)) await replayer.close()
})

function open(limits = {}, clock = systemClock): Replayer {
  const replayer = createWorkerReplayer({
    clock,
    limits: { replayJobsMax: 2, replayMsMax: 20_000, ...limits },
    onRestarted: (message) => restarts.push(message),
  })
  opened.push(replayer)
  return replayer
}

function sourceOf(...texts: string[]): ReplaySource {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (const text of texts) doc.getText('t').insert(0, text)
  return { snapshot: null, entries: packEntries(updates.map((update) => ({ update, author: 'p' }))) }
}

test.runIf(process.platform === 'linux')('the thread gives way to those that serve', async () => {
  const replayer = open()
  await replayer.digest(sourceOf('a'))
  expect(threadNiceness()).toContain(getPriority() + 5)
})

test('jobs are done in a thread of their own, one after the other', async () => {
  const replayer = open()
  const source = sourceOf('b', 'a')
  const snapshot = await replayer.compact({ ...source, seq: 2, check: '', bytesMax: 1e6 })
  const [update] = await replayer.differences({
    snapshot: { seq: 2, ...snapshot },
    entries: packEntries([]),
    stateVectors: [Uint8Array.of(0)],
    encoding: 'v1',
  })
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update as Uint8Array)
  expect(doc.getText('t').toString()).toBe('ab')
})

test('bytes that are no document fail their own job', async () => {
  const replayer = open()
  const entries = packEntries([{ update: Uint8Array.of(1, 2, 3), author: 'p' }])
  await expect(replayer.digest({ snapshot: null, entries })).rejects.toMatchObject({ code: 'log/corrupt' })
  expect((await replayer.digest(sourceOf('fine'))).length).toBe(32)
  expect(restarts).toEqual([])
})

test('a job that takes too long is killed, and the next one is done', async () => {
  const clock = new ManualClock()
  const replayer = open({ replayMsMax: 1_000 }, clock)
  const killed = replayer.digest(sourceOf('slow'))
  const next = replayer.digest(sourceOf('next'))
  // The thread has not even started by now.
  clock.advanceToNext(clock.now() + 1_000)
  await expect(killed).rejects.toMatchObject({ code: 'relay/overloaded' })
  expect((await next).length).toBe(32)
  expect(restarts).toEqual(['no result within 1000 ms'])
})

test('[LIM1] so many jobs may wait, and the next is turned away', async () => {
  const replayer = open()
  const jobs = [1, 2, 3].map(() => replayer.digest(sourceOf('x')))
  await expect(replayer.digest(sourceOf('x'))).rejects.toMatchObject({ code: 'relay/overloaded' })
  expect((await Promise.all(jobs)).length).toBe(3)
})

test('closing ends what waits', async () => {
  const replayer = open()
  const job = replayer.digest(sourceOf('x'))
  const waiting = replayer.digest(sourceOf('x'))
  const codes = Promise.allSettled([job, waiting]).then((ended) =>
    ended.map((each) => each.status === 'rejected' && each.reason.code),
  )
  await replayer.close()
  expect(await codes).toEqual(['relay/draining', 'relay/draining'])
  await expect(replayer.digest(sourceOf('x'))).rejects.toMatchObject({ code: 'relay/draining' })
})

/** Of every thread of this process (proc(5): field 19 of stat, counted from behind the name). */
function threadNiceness(): number[] {
  return readdirSync('/proc/self/task').map((tid) => {
    const fields = readFileSync(`/proc/self/task/${tid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[19 - 3])
  })
}
