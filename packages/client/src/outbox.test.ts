import { TidemarkError } from '@tidemark/base'
import { updateBytesMin } from '@tidemark/protocol'
import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc } from 'yjs'
import { outboxEntriesMax } from './limits.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createAuthor } from './testing/scripted-relay.ts'

const wide = { updateBytesMax: 1_000_000, windowBytesMax: 1_000_000 }

function filled(count: number, text = 'x'): { outbox: Outbox; sizes: number[] } {
  const outbox = createOutbox()
  const author = createAuthor()
  const sizes: number[] = []
  for (let number = 1; number <= count; number++) {
    const update = author.write(text)
    sizes.push(update.length)
    outbox.add({ tab: 't', number, update })
  }
  return { outbox, sizes }
}

function next(outbox: Outbox, limits = wide): number | string | null {
  const batch = outbox.next(limits)
  return batch === null || batch === 'too-large' ? batch : batch.batch
}

describe('batches', () => {
  test('all that waits together is one batch, merged, in order', () => {
    const { outbox } = filled(3)
    const batch = outbox.next(wide)
    expect(batch).toMatchObject({ batch: 1 })
    const doc = new Doc()
    applyUpdate(doc, batch === null || batch === 'too-large' ? new Uint8Array() : batch.update)
    expect(doc.getText('t').toString()).toBe('xxx')
    expect(next(outbox)).toBeNull()
  })

  test('at the edge of the window', () => {
    const { outbox, sizes } = filled(2, 'x'.repeat(100))
    const [first, second] = sizes as [number, number]
    expect(next(outbox, { ...wide, windowBytesMax: first + second - 1 })).toBe(1)
    expect(next(outbox, { ...wide, windowBytesMax: first + second - 1 })).toBeNull()
    expect(next(outbox, { ...wide, windowBytesMax: first + second })).toBe(2)
  })

  test('at the edge of what one update may be', () => {
    const { outbox, sizes } = filled(1, 'x'.repeat(100))
    const [size] = sizes as [number]
    expect(next(outbox, { ...wide, updateBytesMax: size - 1 })).toBe('too-large')
    expect(next(outbox, { ...wide, updateBytesMax: size })).toBe(1)
  })

  test('one that is larger than the window travels alone', () => {
    const { outbox } = filled(2, 'x'.repeat(100))
    const narrow = { ...wide, windowBytesMax: 10 }
    expect(next(outbox, narrow)).toBe(1)
    expect(next(outbox, narrow)).toBeNull()
    outbox.acked(1)
    expect(next(outbox, narrow)).toBe(2)
  })
})

describe('acks', () => {
  test('are cumulative, and say what the store may forget', () => {
    const { outbox } = filled(2)
    next(outbox)
    outbox.add({ tab: 't', number: 3, update: createAuthor().write('y') })
    next(outbox)
    const { marks, updates } = outbox.acked(2)
    expect(marks).toEqual([{ tab: 't', through: 3 }])
    expect(updates).toHaveLength(3)
    expect(outbox.isEmpty).toBe(true)
  })

  test('of what was not sent, or was taken back, move nothing', () => {
    const { outbox } = filled(1)
    expect(outbox.acked(9).marks).toEqual([])
    next(outbox)
    outbox.unsend(1)
    expect(outbox.acked(1).marks).toEqual([])
    expect(outbox.edits).toBe(1)
    expect(next(outbox)).toBe(2)
    expect(outbox.acked(2).marks).toEqual([{ tab: 't', through: 1 }])
  })

  test('a batch that stands for everything acknowledges everything', () => {
    const { outbox } = filled(3)
    next(outbox)
    outbox.add({ tab: 't', number: 4, update: createAuthor().write('y') })
    const batch = outbox.coverAll(100)
    outbox.add({ tab: 't', number: 5, update: createAuthor().write('z') })
    expect(outbox.acked(batch).marks).toEqual([{ tab: 't', through: 4 }])
    expect(outbox.isAcked(4)).toBe(true)
    expect(outbox.isAcked(5)).toBe(false)
  })
})

describe('going back', () => {
  test('unsend takes back a batch and all later ones, not those before', () => {
    const { outbox } = filled(1)
    next(outbox)
    for (const number of [2, 3]) {
      outbox.add({ tab: 't', number, update: createAuthor().write('y') })
      next(outbox)
    }
    outbox.unsend(2)
    expect(outbox.acked(1).marks).toEqual([{ tab: 't', through: 1 }])
    expect(outbox.edits).toBe(2)
    expect(next(outbox)).toBe(4)
  })

  test('a new session counts from 1 and sends everything again', () => {
    const { outbox } = filled(2)
    next(outbox)
    outbox.reset()
    expect(next(outbox)).toBe(1)
  })

  test('[ACK2] what the device held counts as made before all else, and what came to it later does not', () => {
    const { outbox } = filled(1)
    next(outbox)
    outbox.add({ tab: 's', number: 5, update: createAuthor().write('y') }, true)
    outbox.add({ tab: 'u', number: 6, update: createAuthor().write('z') })
    expect(outbox.acked(1).marks).toEqual([{ tab: 't', through: 1 }])
    expect([outbox.isAcked(0), outbox.isAcked(1)]).toEqual([false, false])
    outbox.next({ ...wide, windowBytesMax: 1 })
    expect(outbox.acked(2).marks).toEqual([{ tab: 's', through: 5 }])
    expect([outbox.isAcked(1), outbox.isAcked(2)]).toEqual([true, false])
    next(outbox)
    expect(outbox.acked(3).marks).toEqual([{ tab: 'u', through: 6 }])
  })
})

describe('[S13] memory', () => {
  test('beyond its bound neighbours are merged, and nothing is lost', () => {
    const { outbox } = filled(outboxEntriesMax + 1)
    expect(outbox.edits).toBe(outboxEntriesMax + 1)
    expect(outbox.isAcked(0)).toBe(true)
    expect(outbox.isAcked(1)).toBe(false)
    const doc = new Doc()
    applyUpdate(doc, outbox.all() ?? new Uint8Array())
    expect(doc.getText('t').length).toBe(outboxEntriesMax + 1)
    // One batch of a merged entry acknowledges all edits in it.
    next(outbox)
    expect(outbox.acked(1).marks).toEqual([{ tab: 't', through: outboxEntriesMax + 1 }])
  })

  test('a merge never grows beyond what any relay takes', () => {
    const { outbox } = filled(outboxEntriesMax + 1, 'x'.repeat(2000))
    for (
      let sent = outbox.next(wide);
      sent;
      sent = outbox.next({ updateBytesMax: 1, windowBytesMax: 1_000_000_000 })
    ) {
      if (sent === 'too-large') break
    }
    outbox.reset()
    const narrow = { updateBytesMax: updateBytesMin, windowBytesMax: 1_000_000_000 }
    let batches = 0
    for (let sent = outbox.next(narrow); sent; sent = outbox.next(narrow)) {
      expect(sent).not.toBe('too-large')
      batches++
    }
    expect(batches).toBeGreaterThan(10)
  })
})

describe('parked', () => {
  const why = new TidemarkError('update/malformed', 'bad')

  test('nothing is sent, new edits join, all stay', () => {
    const { outbox } = filled(2)
    next(outbox)
    outbox.unsend(1)
    outbox.park(why)
    outbox.add({ tab: 't', number: 3, update: createAuthor().write('y') })
    expect(next(outbox)).toBeNull()
    expect(outbox.edits).toBe(3)
    outbox.unpark()
    expect(next(outbox)).toBe(2)
  })

  test('ends when a batch that stands for everything is acknowledged after all', () => {
    const { outbox } = filled(1)
    outbox.park(why)
    outbox.acked(outbox.coverAll(10))
    expect(outbox.parked).toBeNull()
  })

  test('clear gives what was in it', () => {
    const { outbox } = filled(2)
    expect(outbox.clear()).toEqual([{ tab: 't', through: 2 }])
    expect([outbox.isEmpty, outbox.all(), outbox.edits]).toEqual([true, null, 0])
  })
})
