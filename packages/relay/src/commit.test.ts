import { decodeRelayFrame } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import { Commit, entriesMessageBytes, entriesMessageCount } from './commit.ts'

const check = 'ab'.repeat(16)
const entry = (seq: number, length = 1) => ({ seq, check, update: new Uint8Array(length).fill(seq) })

function seqs(frames: readonly { readonly bytes: Uint8Array }[]): unknown[] {
  return frames.map(({ bytes }) => {
    const decoded = decodeRelayFrame(bytes, { frameBytesMax: 1e9 })
    const [message] = decoded.kind === 'messages' ? decoded.messages : []
    return message?.type === 'entries' ? [message.first, message.updates.length] : message
  })
}

test('[FAN1] runs of one author are cut where another writes in between', () => {
  const commit = new Commit<string>(1)
  commit.add('a', 1, entry(5))
  commit.add('a', 2, entry(6))
  commit.add('b', 9, entry(7))
  commit.repeat('b', 10, check)
  commit.add('a', 3, entry(8))
  expect(commit.runs.map(({ author, batch, first, last }) => [author, batch, first, last])).toEqual([
    ['a', 2, 5, 6],
    ['b', 10, 7, 7],
    ['a', 3, 8, 8],
  ])
  expect([commit.first, commit.last, commit.bytes]).toEqual([5, 8, 4])
  expect([commit.hasAuthor('b'), commit.hasAuthor('c')]).toEqual([true, false])
})

test('[FAN2] what goes to many is made once', () => {
  const commit = new Commit<string>(1)
  commit.add('a', 1, entry(5))
  expect(commit.frames()).toBe(commit.frames())
  expect(commit.frames()).toBe(commit.framesOf(commit.runs[0] as never))
  commit.add('b', 1, entry(6))
  const later = new Commit<string>(1)
  later.add('a', 1, entry(5))
  later.add('b', 1, entry(6))
  expect(later.frames()).toBe(later.frames())
  expect(seqs(later.frames())).toEqual([[5, 2]])
  expect(seqs(later.framesOf(later.runs[1] as never))).toEqual([[6, 1]])
})

test('a push that added nothing is answered in its place and is no entry', () => {
  const commit = new Commit<string>(1)
  commit.repeat('b', 4, check)
  commit.add('a', 1, entry(5))
  expect(commit.runs.map(({ author, updates }) => [author, updates.length])).toEqual([
    ['b', 0],
    ['a', 1],
  ])
  expect(seqs(commit.frames())).toEqual([[5, 1]])
  expect(commit.updates().length).toBe(1)
})

test('[LIM1] a message holds so many updates and bytes, and the next goes into another', () => {
  const many = new Commit<string>(1)
  for (let seq = 1; seq <= entriesMessageCount + 1; seq++) many.add('a', seq, entry(seq))
  expect(seqs(many.frames())).toEqual([
    [1, entriesMessageCount],
    [entriesMessageCount + 1, 1],
  ])
  const large = new Commit<string>(1)
  large.add('a', 1, entry(1, entriesMessageBytes / 2))
  large.add('b', 1, entry(2, entriesMessageBytes / 2))
  large.add('c', 1, entry(3, 1))
  expect(seqs(large.frames())).toEqual([
    [1, 2],
    [3, 1],
  ])
})
