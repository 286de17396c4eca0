import { expect, test } from 'vitest'
import { AppendReader, packBatch, packOutcomes, unpackOutcomes } from './batch.ts'
import type { AppendWrite, Outcome, Write } from './write.ts'

const lineage = '0123456789abcdef'.repeat(2)
const updates = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(70_000).fill(9)]
const authors = ['anna', '', '😀ä'.repeat(40)]

function append(document: string, after: number, count: number): AppendWrite {
  const entries = Array.from({ length: count }, (_, at) => ({
    update: updates[at % 3]!,
    author: authors[(at + after) % 3]!,
    timeMs: at + 0.5,
  }))
  return { kind: 'append', document, append: { lineage, after, entries } }
}

const writes: readonly Write[] = [
  append('a', 0, 3),
  append('文書 😀', 2 ** 40, 1),
  { kind: 'delete', document: 'b' },
  { kind: 'sweep' },
  append('c', 5, 0),
]

test('a batch brings over what was packed, in order', () => {
  const batch = packBatch(writes)
  expect(batch.order).toEqual([2, writes[2], writes[3], 1])
  const reader = new AppendReader(batch.appends)
  for (const write of writes) {
    if (write.kind !== 'append') continue
    const { document, lineage: of, after, entries } = reader.next()
    expect({ document, lineage: of, after }).toEqual({
      document: write.document,
      lineage,
      after: write.append.after,
    })
    const found = entries.map(({ timeMs, author, update }) => ({
      timeMs,
      author: author.toString(),
      update: Uint8Array.from(update),
    }))
    expect(found).toEqual(write.append.entries)
  }
})

test('outcomes come back to their writes, refusals among them', () => {
  const refused = { kind: 'refused', code: 'log/conflict', message: 'no' } as const
  const outcomes: readonly Outcome[] = [
    { kind: 'appended', receipt: { head: 3, checks: ['1', '2', '3'].map((digit) => digit.repeat(32)) } },
    refused,
    { kind: 'done' },
    { kind: 'swept', more: true },
    { kind: 'appended', receipt: { head: 2 ** 41, checks: [] } },
  ]
  expect(unpackOutcomes(packOutcomes(outcomes, packBatch(writes).order), writes)).toEqual(outcomes)
})
