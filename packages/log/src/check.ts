/**
 * The log's check at a seq: by it a log tells whether a cursor belongs to it, and whether it once did.
 *
 *     check  =  chain ‖ tag                                       8 + 8 bytes, as 32 lower-case hex digits
 *     chain  =  first 8 bytes of SHA-256(chain before ‖ varuint length of author ‖ author ‖ update)
 *     tag    =  first 8 bytes of SHA-256(secret ‖ lineage ‖ seq ‖ chain)
 *
 * The chain before the first entry is eight zero bytes; author is UTF-8; varuint is little-endian base 128; lineage is
 * 16 bytes; seq is an unsigned 64-bit big-endian integer; secret is 32 random bytes made with the store and kept in it.
 * The check at seq 0 is `emptyCheck`.
 *
 * Why two parts. The chain names the content: two logs whose chains are equal at a seq hold the same entries up to
 * there, so that a cursor may go on. The tag names the issuer: when an older copy of the store was put back, a cursor
 * may point beyond its head, and all the store has left to judge it by is its secret. A client that answers such a loss
 * may write what other people wrote, so nobody must be able to make up a cursor that looks like evidence of one: without
 * the secret a tag can only be guessed, against 64 bits, online. (The digest is cut to a quarter, so SHA-256's length
 * extension gives nothing, and the hashed text has a fixed length.)
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Check, Cursor, Lineage, Principal, Seq } from '@tidemark/base'
import { emptyCheck } from '@tidemark/base'

export const secretBytes = 32

/** The 8 bytes of a chain or tag, as hex digits. */
const halfDigits = 16

const mark: RegExp = /^[0-9a-f]{32}$/

/** Bytes in front of the update in what the chain hashes. */
export function contentHeadBytes(authorLength: number): number {
  return 8 + varuintBytes(authorLength) + authorLength
}

/**
 * Writes what the chain hashes of an entry, up to the update; returns the offset at which the update belongs. The first
 * 8 bytes are left to `nextCheckOf`, so that an entry can be laid out before its predecessor is known.
 */
export function writeContentHead(
  target: Buffer,
  offset: number,
  author: Principal,
  authorLength: number,
): number {
  const at = writeVaruint(target, offset + 8, authorLength)
  return at + target.write(author, at, authorLength, 'utf8')
}

/**
 * The check that follows `before` when the entry in `content`, laid out by `writeContentHead`, is appended as `seq`. Fills
 * in the first 8 bytes of `content`.
 */
export function nextCheckOf(
  secret: Uint8Array,
  lineage: Lineage,
  before: Check,
  seq: Seq,
  content: Buffer,
): Check {
  content.write(before, 0, 8, 'hex')
  const chain = hash('sha256', content, 'hex').slice(0, halfDigits)
  return chain + tagOf(secret, lineage, seq, chain)
}

/** Whether the store with this secret gave out the cursor's check. Nothing is issued at seq 0: it proves nothing. */
export function isIssued(secret: Uint8Array, cursor: Cursor): boolean {
  if (cursor.seq === 0 || !Number.isSafeInteger(cursor.seq) || cursor.seq < 0) return false
  if (!mark.test(cursor.lineage) || !mark.test(cursor.check) || cursor.check === emptyCheck) return false
  const expected = tagOf(secret, cursor.lineage, cursor.seq, cursor.check.slice(0, halfDigits))
  return timingSafeEqual(
    Buffer.from(expected, 'latin1'),
    Buffer.from(cursor.check.slice(halfDigits), 'latin1'),
  )
}

function tagOf(secret: Uint8Array, lineage: Lineage, seq: Seq, chain: string): string {
  const text = Buffer.allocUnsafe(secretBytes + 16 + 8 + 8)
  text.set(secret, 0)
  text.write(lineage, secretBytes, 16, 'hex')
  text.writeUInt32BE(Math.floor(seq / 2 ** 32), secretBytes + 16)
  text.writeUInt32BE(seq % 2 ** 32, secretBytes + 20)
  text.write(chain, secretBytes + 24, 8, 'hex')
  return hash('sha256', text, 'hex').slice(0, halfDigits)
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
