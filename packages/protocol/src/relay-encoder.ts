import { assert, type Check, type Seq } from '@tidemark/base'
import { errorNumber } from './error-numbers.ts'
import {
  itemsPerFrameMax,
  presenceBytesHardMax,
  retryAfterMsMax,
  snapshotBytesMax,
  snapshotPartBytesMax,
  stateVectorBytesMax,
  textBytesMax,
} from './limits.ts'
import { relayTypes } from './message-types.ts'
import type {
  Closed,
  GoAway,
  Opened,
  PresenceChanged,
  Refused,
  RelayMessage,
  SnapshotPart,
  Welcome,
} from './messages.ts'
import {
  beginMessage,
  encodeMessage,
  putByte,
  putBytes,
  putClippedText,
  putHex,
  putUint,
  type Writer,
} from './writer.ts'

/**
 * The bytes of a relay's message: a frame by itself, and a part for `concatFrames`.
 *
 * A value that the format cannot hold fails an assertion. Two are fitted instead, because they come from outside and
 * failing on them would hide the error they are about: `message` is cut, `retryAfterMs` is rounded up and capped.
 */
export function encodeRelayMessage(message: RelayMessage): Uint8Array {
  if (message.type === 'entries') {
    return encodeEntries(message.channel, message.first, message.check, message.updates)
  }
  return encodeMessage(relayTypes[message.type], putBody, message)
}

/**
 * An `entries` message, made once per document and commit and sent to every reader.
 *
 * @param updates at least one, fewer than `itemsPerFrameMax`, together within the receiver's `frameBytesMax`.
 */
export function encodeEntries(
  channel: number,
  first: Seq,
  check: Check,
  updates: readonly Uint8Array[],
): Uint8Array {
  assert(updates.length > 0 && updates.length < itemsPerFrameMax, 'updates in one message', updates.length)
  const writer: Writer = { out: null, at: 0 }
  putEntries(writer, channel, first, check, updates)
  const out = beginMessage(writer, relayTypes.entries)
  putEntries(writer, channel, first, check, updates)
  return out
}

function putEntries(
  writer: Writer,
  channel: number,
  first: Seq,
  check: Check,
  updates: readonly Uint8Array[],
): void {
  putUint(writer, channel)
  putUint(writer, first)
  putHex(writer, check)
  putUint(writer, updates.length)
  for (const update of updates) putBytes(writer, update)
}

function putBody(writer: Writer, message: Exclude<RelayMessage, { type: 'entries' }>): void {
  switch (message.type) {
    case 'welcome':
      return putWelcome(writer, message)
    case 'opened':
      return putOpened(writer, message)
    case 'snapshot-part':
      return putSnapshotPart(writer, message)
    case 'ack':
      putUint(writer, message.session)
      putUint(writer, message.batch)
      putUint(writer, message.first)
      putUint(writer, message.last)
      return putHex(writer, message.check)
    case 'refused':
      putUint(writer, message.session)
      putUint(writer, message.batch)
      return putFailure(writer, message)
    case 'resync':
      putUint(writer, message.session)
      putUint(writer, message.batch)
      return putBytes(writer, message.stateVector, stateVectorBytesMax)
    case 'presence-changed':
      return putPresenceChanged(writer, message)
    case 'verified':
      putUint(writer, message.session)
      putUint(writer, message.seq)
      return putByte(writer, { unknown: 0, equal: 1, different: 2 }[message.outcome])
    case 'access-changed':
      putUint(writer, message.session)
      return putByte(writer, message.access === 'write' ? 1 : 0)
    case 'closed':
      putUint(writer, message.session)
      return putFailure(writer, message)
    case 'go-away':
      return putFailure(writer, message)
    case 'pong':
      return putUint(writer, message.nonce)
  }
}

function putWelcome(writer: Writer, { version, limits }: Welcome): void {
  putUint(writer, version)
  putUint(writer, limits.frameBytesMax)
  putUint(writer, limits.updateBytesMax)
  putUint(writer, limits.windowBytesMax)
  putUint(writer, limits.sessionsMax)
  putUint(writer, limits.presenceBytesMax)
  putUint(writer, limits.idleMsMax)
}

function putOpened(writer: Writer, { session, channel, access, lineage, head, resume }: Opened): void {
  putUint(writer, session)
  putUint(writer, channel)
  putByte(writer, access === 'write' ? 1 : 0)
  putHex(writer, lineage)
  putUint(writer, head)
  putByte(writer, { tail: 0, snapshot: 1, resync: 2 }[resume.kind])
  if (resume.kind === 'resync') putBytes(writer, resume.stateVector, stateVectorBytesMax)
}

function putSnapshotPart(writer: Writer, part: SnapshotPart): void {
  assert(part.totalBytes <= snapshotBytesMax, 'bytes of a snapshot', part.totalBytes, snapshotBytesMax)
  assert(part.offset + part.bytes.length <= part.totalBytes, 'a part beyond the end of its snapshot')
  putUint(writer, part.session)
  putUint(writer, part.seq)
  putHex(writer, part.check)
  putByte(writer, { v1: 0, 'v2-deflate': 1 }[part.encoding])
  putUint(writer, part.totalBytes)
  putUint(writer, part.offset)
  putBytes(writer, part.bytes, snapshotPartBytesMax)
}

function putPresenceChanged(writer: Writer, { channel, entries }: PresenceChanged): void {
  assert(entries.length < itemsPerFrameMax, 'participants in one message', entries.length)
  putUint(writer, channel)
  putUint(writer, entries.length)
  for (const { id, clock, state } of entries) {
    putUint(writer, id)
    putUint(writer, clock)
    putBytes(writer, state, presenceBytesHardMax)
  }
}

function putFailure(writer: Writer, { code, message, retryAfterMs }: Refused | Closed | GoAway): void {
  putUint(writer, errorNumber(code))
  putClippedText(writer, message, textBytesMax)
  putUint(writer, retryAfterMs === null ? 0 : 1 + Math.min(Math.ceil(retryAfterMs), retryAfterMsMax))
}
