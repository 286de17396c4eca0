import {
  digestBytes,
  documentFieldBytesMax,
  presenceBytesHardMax,
  stateVectorBytesMax,
  tokenBytesMax,
} from './limits.ts'
import { clientTypes } from './message-types.ts'
import type { ClientMessage, Open } from './messages.ts'
import {
  encodeMessage,
  putByte,
  putBytes,
  putFixed,
  putHex,
  putText,
  putUint,
  type Writer,
} from './writer.ts'

/**
 * The bytes of a client's message: a frame by itself, and a part for `concatFrames`.
 *
 * The caller checks what comes from its own user first (token, document id, sizes against `ConnectionLimits`): a value
 * that the format cannot hold fails an assertion here.
 */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  return encodeMessage(clientTypes[message.type], putBody, message)
}

function putBody(writer: Writer, message: ClientMessage): void {
  switch (message.type) {
    case 'hello':
      putUint(writer, message.version)
      return putText(writer, message.token, tokenBytesMax)
    case 'open':
      return putOpen(writer, message)
    case 'state':
      putUint(writer, message.session)
      return putBytes(writer, message.stateVector, stateVectorBytesMax)
    case 'push':
      putUint(writer, message.session)
      putUint(writer, message.batch)
      putByte(writer, message.recovery ? 1 : 0)
      return putBytes(writer, message.update)
    case 'presence-update':
      putUint(writer, message.session)
      putUint(writer, message.id)
      return putBytes(writer, message.state, presenceBytesHardMax)
    case 'verify':
      putUint(writer, message.session)
      putUint(writer, message.seq)
      return putFixed(writer, message.digest, digestBytes)
    case 'close':
      return putUint(writer, message.session)
    case 'ping':
      return putUint(writer, message.nonce)
  }
}

function putOpen(writer: Writer, { session, document, access, cursor }: Open): void {
  putUint(writer, session)
  putText(writer, document, documentFieldBytesMax)
  putByte(writer, access === 'write' ? 1 : 0)
  putByte(writer, cursor ? 1 : 0)
  if (!cursor) return
  putHex(writer, cursor.lineage)
  putUint(writer, cursor.seq)
  putHex(writer, cursor.check)
}
