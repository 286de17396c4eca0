import type { ErrorCode } from '@tidemark/base'
import { itemsPerFrameMax } from './limits.ts'
import { Malformed, malformed, type Reader, readByte, readUint, takeItems } from './reader.ts'

/**
 * What a frame holds, or why it is none. A malformed frame yields nothing of what stood before the fault: whoever
 * sends one cannot be followed any further, and its connection ends.
 */
export type DecodedFrame<M> =
  | { readonly kind: 'messages'; readonly messages: readonly M[] }
  | {
      readonly kind: 'malformed'
      readonly code: Extract<ErrorCode, 'connection/bad-frame' | 'connection/frame-too-large'>
      readonly reason: string
      /** Where in the frame reading stopped, in bytes. */
      readonly offset: number
    }

/** The size that a receiver accepts; a relay's `ConnectionLimits` are one. */
export interface FrameLimits {
  readonly frameBytesMax: number
}

/**
 * A frame is a row of messages, each `type: 1 byte, length: varuint, body: length bytes`.
 *
 * `readBody` reads one body, or gives null for a type it does not know. What it leaves unread is skipped: later
 * versions add fields there.
 */
export function decodeFrame<M>(
  frame: Uint8Array,
  { frameBytesMax }: FrameLimits,
  readBody: (type: number, reader: Reader) => M | null,
): DecodedFrame<M> {
  if (frame.length > frameBytesMax) {
    const reason = `${frame.length} bytes, at most ${frameBytesMax}`
    return { kind: 'malformed', code: 'connection/frame-too-large', reason, offset: 0 }
  }
  const reader: Reader = { frame, offset: 0, end: frame.length, itemsLeft: itemsPerFrameMax }
  try {
    return { kind: 'messages', messages: readMessages(reader, readBody) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { kind: 'malformed', code: 'connection/bad-frame', reason: error.message, offset: reader.offset }
  }
}

function readMessages<M>(reader: Reader, readBody: (type: number, reader: Reader) => M | null): M[] {
  const messages: M[] = []
  const frameEnd = reader.end
  while (reader.offset < frameEnd) {
    takeItems(reader, 1)
    const type = readByte(reader)
    const length = readUint(reader)
    const end = reader.offset + length
    if (end > frameEnd) malformed('truncated')
    reader.end = end
    const message = readBody(type, reader)
    if (message) messages.push(message)
    reader.offset = end
    reader.end = frameEnd
  }
  return messages
}

/**
 * One frame of all messages in `parts`, in order. A single part is returned itself, not a copy.
 *
 * The caller keeps the frame within the receiver's `frameBytesMax` and `itemsPerFrameMax`.
 */
export function concatFrames(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  if (first && parts.length === 1) return first
  let length = 0
  for (const part of parts) length += part.length
  const frame = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    frame.set(part, offset)
    offset += part.length
  }
  return frame
}
