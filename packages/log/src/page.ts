import type { Seq } from '@tidemark/base'
import type { Entry } from './update-log.ts'

/**
 * A page of entries on its way from the reader's thread, in one buffer that moves instead of being copied. The updates
 * that come out of it are views of that buffer.
 *
 *     u32 entries, then each: f64 seq, f64 timeMs, 32 hex digits check, u32 author length, author, u32 update length, update
 */
export function packEntries(entries: readonly Entry[]): ArrayBuffer {
  let bytes = 4
  for (const { author, update } of entries) bytes += headBytes + Buffer.byteLength(author) + update.length
  const target = Buffer.allocUnsafeSlow(bytes)
  let at = target.writeUInt32LE(entries.length, 0)
  for (const { seq, timeMs, check, author, update } of entries) {
    at = target.writeDoubleLE(seq, at)
    at = target.writeDoubleLE(timeMs, at)
    at += target.write(check, at, 'latin1')
    const authorLength = target.write(author, at + 4)
    at = target.writeUInt32LE(authorLength, at) + authorLength
    at = target.writeUInt32LE(update.length, at)
    target.set(update, at)
    at += update.length
  }
  return target.buffer
}

const headBytes = 8 + 8 + 32 + 4 + 4

/** The entries of a page. */
export function unpackEntries(page: ArrayBuffer): readonly Entry[] {
  const source = Buffer.from(page)
  const entries: Entry[] = []
  let at = 4
  for (let left = source.readUInt32LE(0); left > 0; left--) {
    const seq: Seq = source.readDoubleLE(at)
    const timeMs = source.readDoubleLE(at + 8)
    const check = source.toString('latin1', at + 16, at + 48)
    const authorAt = at + 52
    const authorEnd = authorAt + source.readUInt32LE(at + 48)
    const updateAt = authorEnd + 4
    at = updateAt + source.readUInt32LE(authorEnd)
    const author = source.toString('utf8', authorAt, authorEnd)
    entries.push({ seq, check, update: new Uint8Array(page, updateAt, at - updateAt), author, timeMs })
  }
  return entries
}
