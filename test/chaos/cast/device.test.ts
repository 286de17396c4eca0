import { createMemoryStore, type ReplicaStore } from '@tidemark/client'
import { type Effect, effectOf } from '@tidemark/simulator/oracle'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Device } from './device.ts'

type Change = Parameters<ReplicaStore['write']>[1]

/** One own edit of a tab, as the SDK stores it. */
function someEdit(): { change: Change; effect: Effect } {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, 'kept')
  const update = Y.encodeStateAsUpdate(doc)
  const edits = [{ tab: 'a tab', number: 1, update }]
  return {
    change: { kind: 'append', lineage: null, incarnation: null, edits, acked: [], updates: [], move: null },
    effect: effectOf(update),
  }
}

function failTest(error: Error): never {
  throw error
}

test('[S3] what a tab stored is there for the next one, and the truth knows before the tab does', async () => {
  const device = new Device('device', createMemoryStore(), failTest)
  const { change, effect } = someEdit()
  expect(device.truth.has('one', effect)).toBe(false)
  await device.open().write('one', change)
  expect(device.truth.has('one', effect)).toBe(true)
  const next = device.open()
  expect(next.hasRead('one')).toBe(false)
  expect((await next.load('one'))?.outbox).toHaveLength(1)
  expect(next.hasRead('one')).toBe(true)
})

test('nothing happens any more that a dropped tab asks for', async () => {
  const device = new Device('device', createMemoryStore(), failTest)
  const { change, effect } = someEdit()
  const dropped = device.open()
  dropped.cut()
  await expect(dropped.write('one', change)).rejects.toMatchObject({ code: 'store/failed' })
  await expect(dropped.load('one')).rejects.toMatchObject({ code: 'store/failed' })
  expect(device.truth.has('one', effect)).toBe(false)
  expect(await device.open().load('one')).toBeNull()
})

test('a device has settled when what was under way has been stored, the writes of a dropped tab included', async () => {
  const memory = createMemoryStore()
  let finish = (): void => {}
  const slow: ReplicaStore = {
    ...memory,
    async write(document, change) {
      await new Promise<void>((resolve) => (finish = resolve))
      return memory.write(document, change)
    },
  }
  const device = new Device('device', slow, failTest)
  const { change, effect } = someEdit()
  const tab = device.open()
  const written = tab.write('one', change)
  tab.cut()
  const settled = device.settled()
  finish()
  await Promise.all([settled, written])
  expect(device.truth.has('one', effect)).toBe(true)
})
