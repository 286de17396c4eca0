import type { Access, Cursor } from '@tidemark/base'
import { type DecodedFrame, decodeFrame, type FrameLimits } from './frame.ts'
import {
  digestBytes,
  documentFieldBytesMax,
  presenceBytesHardMax,
  stateVectorBytesMax,
  tokenBytesMax,
} from './limits.ts'
import { clientTypes } from './message-types.ts'
import type { ClientMessage } from './messages.ts'
import { type Reader, readBytes, readCase, readHex, readRaw, readText, readUint } from './reader.ts'

/**
 * Decodes a frame that a client sent. Never throws, whatever the bytes; takes memory for at most `itemsPerFrameMax`
 * small objects and for the texts, which are no longer than the frame.
 *
 * **Byte fields are views into `frame`.** Whoever keeps one longer than the frame copies it: a view also keeps the
 * whole buffer behind the frame in memory.
 *
 * Checked here is what the format itself bounds. What ends less than the connection is left to the session, which can
 * answer it: an update above `updateBytesMax` (`refused`), a state above `presenceBytesMax`, a bad document id.
 */
export function decodeClientFrame(frame: Uint8Array, limits: FrameLimits): DecodedFrame<ClientMessage> {
  return decodeFrame(frame, limits, readBody)
}

// Fields are read in the order in which an object literal names them: that order is the format.
function readBody(type: number, reader: Reader): ClientMessage | null {
  switch (type) {
    case clientTypes.hello:
      return { type: 'hello', version: readUint(reader), token: readText(reader, tokenBytesMax) }
    case clientTypes.open:
      return {
        type: 'open',
        session: readUint(reader),
        document: readText(reader, documentFieldBytesMax),
        access: readAccess(reader),
        cursor: readCursor(reader),
      }
    case clientTypes.state:
      return { type: 'state', session: readUint(reader), stateVector: readBytes(reader, stateVectorBytesMax) }
    case clientTypes.push:
      return {
        type: 'push',
        session: readUint(reader),
        batch: readUint(reader),
        recovery: readCase(reader, 1) === 1,
        update: readBytes(reader),
      }
    case clientTypes['presence-update']:
      return {
        type: 'presence-update',
        session: readUint(reader),
        id: readUint(reader),
        state: readBytes(reader, presenceBytesHardMax),
      }
    case clientTypes.verify:
      return {
        type: 'verify',
        session: readUint(reader),
        seq: readUint(reader),
        digest: readRaw(reader, digestBytes),
      }
    case clientTypes.close:
      return { type: 'close', session: readUint(reader) }
    case clientTypes.ping:
      return { type: 'ping', nonce: readUint(reader) }
    default:
      return null
  }
}

function readAccess(reader: Reader): Access {
  return readCase(reader, 1) === 1 ? 'write' : 'read'
}

function readCursor(reader: Reader): Cursor | null {
  if (readCase(reader, 1) === 0) return null
  return { lineage: readHex(reader), seq: readUint(reader), check: readHex(reader) }
}
