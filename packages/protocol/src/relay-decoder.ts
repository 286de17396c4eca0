import type { Access, ErrorCode } from '@tidemark/base'
import { errorCodeOf } from './error-numbers.ts'
import { type DecodedFrame, decodeFrame, type FrameLimits } from './frame.ts'
import {
  frameBytesHardMax,
  idleMsMin,
  presenceBytesHardMax,
  retryAfterMsMax,
  snapshotBytesMax,
  snapshotPartBytesMax,
  stateVectorBytesMax,
  textBytesMax,
} from './limits.ts'
import { relayTypes } from './message-types.ts'
import type {
  ConnectionLimits,
  Entries,
  Opened,
  PresenceChanged,
  RelayMessage,
  Resume,
  SnapshotPart,
} from './messages.ts'
import {
  malformed,
  type Reader,
  readBytes,
  readCase,
  readCount,
  readHex,
  readText,
  readUint,
} from './reader.ts'

/**
 * Decodes a frame that a relay sent. Never throws, whatever the bytes; takes memory for at most `itemsPerFrameMax`
 * small objects and for the texts, which are no longer than the frame.
 *
 * **Byte fields are views into `frame`.** Whoever keeps one longer than the frame copies it: a view also keeps the
 * whole buffer behind the frame in memory.
 */
export function decodeRelayFrame(
  frame: Uint8Array,
  limits: FrameLimits = { frameBytesMax: frameBytesHardMax },
): DecodedFrame<RelayMessage> {
  return decodeFrame(frame, limits, readBody)
}

const outcomes = ['unknown', 'equal', 'different'] as const

// Fields are read in the order in which an object literal names them: that order is the format.
function readBody(type: number, reader: Reader): RelayMessage | null {
  switch (type) {
    case relayTypes.welcome:
      return { type: 'welcome', version: readUint(reader), limits: readLimits(reader) }
    case relayTypes.opened:
      return readOpened(reader)
    case relayTypes['snapshot-part']:
      return readSnapshotPart(reader)
    case relayTypes.entries:
      return readEntries(reader)
    case relayTypes.ack:
      return {
        type: 'ack',
        session: readUint(reader),
        batch: readUint(reader),
        first: readUint(reader),
        last: readUint(reader),
        check: readHex(reader),
      }
    case relayTypes.refused:
      return { type: 'refused', session: readUint(reader), batch: readUint(reader), ...readFailure(reader) }
    case relayTypes.resync:
      return {
        type: 'resync',
        session: readUint(reader),
        batch: readUint(reader),
        stateVector: readBytes(reader, stateVectorBytesMax),
      }
    case relayTypes['presence-changed']:
      return readPresenceChanged(reader)
    case relayTypes.verified:
      return {
        type: 'verified',
        session: readUint(reader),
        seq: readUint(reader),
        outcome: outcomes[readCase(reader, 2)] ?? 'unknown',
      }
    case relayTypes['access-changed']:
      return { type: 'access-changed', session: readUint(reader), access: readAccess(reader) }
    case relayTypes.closed:
      return { type: 'closed', session: readUint(reader), ...readFailure(reader) }
    case relayTypes['go-away']:
      return { type: 'go-away', ...readFailure(reader) }
    case relayTypes.pong:
      return { type: 'pong', nonce: readUint(reader) }
    default:
      return null
  }
}

function readAccess(reader: Reader): Access {
  return readCase(reader, 1) === 1 ? 'write' : 'read'
}

function readLimits(reader: Reader): ConnectionLimits {
  const limits = {
    frameBytesMax: readUint(reader),
    updateBytesMax: readUint(reader),
    windowBytesMax: readUint(reader),
    sessionsMax: readUint(reader),
    presenceBytesMax: readUint(reader),
    idleMsMax: readUint(reader),
  }
  return limits.idleMsMax >= idleMsMin ? limits : malformed('idle limit too short')
}

function readOpened(reader: Reader): Opened {
  return {
    type: 'opened',
    session: readUint(reader),
    channel: readUint(reader),
    access: readAccess(reader),
    lineage: readHex(reader),
    head: readUint(reader),
    resume: readResume(reader),
  }
}

function readResume(reader: Reader): Resume {
  const kind = readCase(reader, 2)
  if (kind === 2) return { kind: 'resync', stateVector: readBytes(reader, stateVectorBytesMax) }
  return { kind: kind === 1 ? 'snapshot' : 'tail' }
}

function readSnapshotPart(reader: Reader): SnapshotPart {
  const part = {
    type: 'snapshot-part',
    session: readUint(reader),
    seq: readUint(reader),
    check: readHex(reader),
    encoding: readCase(reader, 1) === 1 ? 'v2-deflate' : 'v1',
    totalBytes: readUint(reader, snapshotBytesMax),
    offset: readUint(reader, snapshotBytesMax),
    bytes: readBytes(reader, snapshotPartBytesMax),
  } as const
  return part.offset + part.bytes.length <= part.totalBytes ? part : malformed('part beyond the end')
}

function readEntries(reader: Reader): Entries {
  const channel = readUint(reader)
  const first = readUint(reader)
  const check = readHex(reader)
  const count = readCount(reader)
  if (first === 0 || count === 0 || !Number.isSafeInteger(first + count)) malformed('no such entries')
  const updates: Uint8Array[] = []
  while (updates.length < count) updates.push(readBytes(reader))
  return { type: 'entries', channel, first, check, updates }
}

function readPresenceChanged(reader: Reader): PresenceChanged {
  const channel = readUint(reader)
  const count = readCount(reader)
  const entries: PresenceChanged['entries'][number][] = []
  while (entries.length < count) {
    entries.push({
      id: readUint(reader),
      clock: readUint(reader),
      state: readBytes(reader, presenceBytesHardMax),
    })
  }
  return { type: 'presence-changed', channel, entries }
}

function readFailure(reader: Reader): { code: ErrorCode; message: string; retryAfterMs: number | null } {
  const code = errorCodeOf(readUint(reader))
  const message = readText(reader, textBytesMax)
  const delay = readUint(reader, 1 + retryAfterMsMax)
  return { code, message, retryAfterMs: delay === 0 ? null : delay - 1 }
}
