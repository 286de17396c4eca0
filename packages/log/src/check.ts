/**
 * The log's check at a seq: by it a log tells whether a cursor belongs to it, and whether it once did.
 *
 *     check  =  chain ‖ epoch ‖ tag                                   6 + 4 + 6 bytes, as 32 lower-case hex digits
 *     chain  =  first 6 bytes of SHA-256(chain before ‖ varuint length of author ‖ author ‖ update)
 *     epoch  =  the one in force at the seq (epochs.ts)
 *     tag    =  first 6 bytes of SHA-256(secret ‖ lineage ‖ seq ‖ chain ‖ epoch)
 *
 * The chain before the first entry is six zero bytes; author is UTF-8; varuint is little-endian base 128; lineage is
 * 16 bytes; seq is an unsigned 64-bit big-endian integer; secret is 32 random bytes made with the store and kept in it.
 * The check at seq 0 is `emptyCheck`.
 *
 * Why three parts. The chain names the content: two logs whose chains are equal at a seq hold the same entries up to
 * there. The epoch names the past that an entry is of, in a word that a log can keep when the entry itself is compacted
 * away. The tag names the issuer: when an older copy of the store was put back, a cursor may be of entries that the
 * store has never seen, and all that it has left to judge it by is its secret. A client that answers such a loss may
 * write what other people wrote, so nobody must be able to make up a cursor that looks like evidence of one.
 *
 * Why 48 bits each are enough. Without the secret a tag can only be guessed, online, one `open` at a time: at 10,000 a
 * second that takes 400 years. (The digest is cut to a fifth, so SHA-256's length extension gives nothing, and the
 * hashed text has a fixed length.) The chain is no border: whoever writes both sides can make two that are equal. It finds
 * accidents, of which a second past in the same epoch is one: a machine that was put back together with its memory.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Check, Cursor, Lineage, Principal, Seq } from '@tidemark/base'
import { emptyCheck } from '@tidemark/base'
import { type Epoch, epochBytes } from './epochs.ts'

export const secretBytes = 32

const chainBytes = 6

/** Where the parts of a check end, in hex digits. */
const chainEnd = 2 * chainBytes
const epochEnd = chainEnd + 2 * epochBytes

const tagDigits = 12

const mark: RegExp = /^[0-9a-f]{32}$/

/** Bytes in front of the update in what the chain hashes. */
export function contentHeadBytes(authorLength: number): number {
  return chainBytes + varuintBytes(authorLength) + authorLength
}

/**
 * Writes what the chain hashes of an entry, up to the update; returns the offset at which the update belongs. The first
 * 6 bytes are left to `nextCheckOf`, so that an entry can be laid out before its predecessor is known.
 */
export function writeContentHead(
  target: Buffer,
  offset: number,
  author: Principal,
  authorLength: number,
): number {
  const at = writeVaruint(target, offset + chainBytes, authorLength)
  return at + target.write(author, at, authorLength, 'utf8')
}

/**
 * The check that follows `before` when the entry in `content`, laid out by `writeContentHead`, is appended as `seq`. Fills
 * in the first 6 bytes of `content`.
 */
export function nextCheckOf(
  secret: Uint8Array,
  lineage: Lineage,
  before: Check,
  seq: Seq,
  epoch: Epoch,
  content: Buffer,
): Check {
  content.write(before, 0, chainBytes, 'hex')
  const named = hash('sha256', content, 'hex').slice(0, chainEnd) + epoch
  return named + tagOf(secret, lineage, seq, named)
}

/** Whether the store with this secret gave out the cursor's check. Nothing is issued at seq 0: it proves nothing. */
export function isIssued(secret: Uint8Array, { lineage, seq, check }: Cursor): boolean {
  if (seq === 0 || !Number.isSafeInteger(seq) || seq < 0) return false
  if (!mark.test(lineage) || !mark.test(check) || check === emptyCheck) return false
  const expected = tagOf(secret, lineage, seq, check.slice(0, epochEnd))
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(check.slice(epochEnd), 'latin1'))
}

/** The epoch in which a check was issued, if it was. */
export function epochOf(check: Check): Epoch {
  return check.slice(chainEnd, epochEnd)
}

/** `named`: chain and epoch. */
function tagOf(secret: Uint8Array, lineage: Lineage, seq: Seq, named: string): string {
  const text = Buffer.allocUnsafe(secretBytes + 16 + 8 + chainBytes + epochBytes)
  text.set(secret, 0)
  text.write(lineage, secretBytes, 16, 'hex')
  text.writeUInt32BE(Math.floor(seq / 2 ** 32), secretBytes + 16)
  text.writeUInt32BE(seq % 2 ** 32, secretBytes + 20)
  text.write(named, secretBytes + 24, chainBytes + epochBytes, 'hex')
  return hash('sha256', text, 'hex').slice(0, tagDigits)
}

function varuintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

function writeVaruint(target: Buffer, offset: number, value: number): number {
  let at = offset
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128
  target[at++] = rest
  return at
}
