import { createHash } from 'node:crypto'
import { emptyCheck } from '@tidemark/base'
import { expect, test } from 'vitest'
import { contentHeadBytes, isIssued, nextCheckOf, writeContentHead } from './check.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const lineage = '00112233445566778899aabbccddeeff'
const update = Uint8Array.of(1, 2, 3)
const epoch = 'e0e1e2e3'

/** As a log does it: the entry is laid out first. */
function checkAfter(before: string, seq: number, author: string, bytes: Uint8Array): string {
  const authorLength = Buffer.byteLength(author)
  const content = Buffer.alloc(contentHeadBytes(authorLength) + bytes.length)
  content.set(bytes, writeContentHead(content, 0, author, authorLength))
  return nextCheckOf(secret, lineage, before, seq, epoch, content)
}

/** The formula of check.ts's header, written a second time and without its shortcuts. */
function expectedCheck(before: string, seq: number, author: string, bytes: Uint8Array): string {
  const name = Buffer.from(author)
  const length =
    name.length < 128 ? [name.length] : [(name.length % 128) | 128, Math.floor(name.length / 128)]
  const chain = createHash('sha256')
    .update(Buffer.from(before.slice(0, 12), 'hex'))
    .update(Uint8Array.from(length))
    .update(name)
    .update(bytes)
    .digest()
    .subarray(0, 6)
  const seq64 = Buffer.alloc(8)
  seq64.writeBigUInt64BE(BigInt(seq))
  const tag = createHash('sha256')
    .update(secret)
    .update(Buffer.from(lineage, 'hex'))
    .update(seq64)
    .update(chain)
    .update(Buffer.from(epoch, 'hex'))
    .digest()
    .subarray(0, 6)
  return chain.toString('hex') + epoch + tag.toString('hex')
}

test.each([
  ['a first entry', emptyCheck, 1, 'anna', update],
  ['an empty author', emptyCheck, 1, '', update],
  ['an empty update', emptyCheck, 1, 'anna', new Uint8Array(0)],
  ['an author beyond ASCII and one length byte', emptyCheck, 1, '😀ä'.repeat(30), update],
  ['a seq beyond 32 bits', 'ab'.repeat(16), 2 ** 40 + 7, 'anna', update],
])('a check is the documented formula: %s', (_name, before, seq, author, bytes) => {
  expect(checkAfter(before, seq, author, bytes)).toBe(expectedCheck(before, seq, author, bytes))
})

test('the format stands for ever: golden checks', () => {
  const first = checkAfter(emptyCheck, 1, 'anna', update)
  const second = checkAfter(first, 2, 'bert', update)
  expect([first, second]).toEqual(['b364ee4bbf60e0e1e2e33728273d5697', 'd10fb5d23e9ae0e1e2e30fb9a26ac142'])
})

test('a store knows its own checks and no others', () => {
  const check = checkAfter(emptyCheck, 1, 'anna', update)
  expect(isIssued(secret, { lineage, seq: 1, check })).toBe(true)
  const otherTag = check.slice(0, 31) + (check.endsWith('0') ? '1' : '0')
  const otherChain = (check.startsWith('0') ? '1' : '0') + check.slice(1)
  const otherEpoch = check.replace(epoch, 'e0e1e2e4')
  const forged = [
    { lineage, seq: 2, check },
    { lineage, seq: 1 + 2 ** 32, check },
    { lineage: lineage.replace('0', '1'), seq: 1, check },
    { lineage, seq: 1, check: otherTag },
    { lineage, seq: 1, check: otherChain },
    { lineage, seq: 1, check: otherEpoch },
  ]
  for (const cursor of forged) expect(isIssued(secret, cursor)).toBe(false)
  expect(
    isIssued(
      secret.map((byte) => byte ^ 1),
      { lineage, seq: 1, check },
    ),
  ).toBe(false)
})

test.each([
  ['seq 0', { lineage, seq: 0, check: emptyCheck }],
  ['a negative seq', { lineage, seq: -1, check: emptyCheck }],
  ['a fraction', { lineage, seq: 0.5, check: emptyCheck }],
  ['no number', { lineage, seq: Number.NaN, check: emptyCheck }],
  ['a short check', { lineage, seq: 1, check: 'ab' }],
  ['no hex digits', { lineage, seq: 1, check: 'z'.repeat(32) }],
  ['a lineage of the wrong length', { lineage: 'ab', seq: 1, check: 'a'.repeat(32) }],
])('nonsense is not issued: %s', (_name, cursor) => {
  expect(isIssued(secret, cursor)).toBe(false)
})
