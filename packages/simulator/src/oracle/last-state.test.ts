import { LogStore } from '@tidemark/log'
import { craftText, craftUpdate } from '@tidemark/updates/testing'
import { expect, test } from 'vitest'
import { Trace } from '../world/trace.ts'
import { type Ended, takeLastState } from './last-state.ts'

const lineage = '0'.repeat(32)
const update = craftUpdate([{ client: 1, clock: 0, structs: [craftText('a')] }])

function hashOf(end: (store: LogStore) => Partial<Ended>): string {
  const durable = new LogStore(new Uint8Array(32))
  durable.open(new Uint8Array(4))
  durable.create('notes', lineage)
  const trace = new Trace()
  const nothing = { log: { documents: new Map() }, ledger: { edits: [] }, devices: [], counts: new Map() }
  takeLastState({ trace, disk: { durable }, ...nothing, ...end(durable) })
  return trace.hash
}

test('what two runs leave on the disk of the relay or of a device, or count, makes their hashes differ', () => {
  const append = (author: string) => (store: LogStore) => {
    store.append('notes', { lineage, after: 0, entries: [{ update, author, timeMs: 1 }] })
    return {}
  }
  const stored = (timeMs: number) => () => ({
    devices: [{ name: 'device-1', store: { history: [{ document: 'notes', change: {} as never, timeMs }] } }],
  })
  const counted = (count: number) => () => ({ counts: new Map([['cut', count]]) })
  const ends = [() => ({}), append('ann'), append('bob'), stored(1), stored(2), counted(1), counted(2)]
  for (const end of ends) expect(hashOf(end)).toBe(hashOf(end))
  expect(new Set(ends.map(hashOf)).size).toBe(ends.length)
})
