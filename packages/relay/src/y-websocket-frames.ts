import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/*
 * The bytes of stock y-websocket clients (y-protocols 1.0, y-websocket 1 to 3). Numbers are lib0's unsigned ones.
 *
 *     0 0 stateVector           step 1: "this is what I hold"
 *     0 1 update                step 2: the answer, what the other lacks
 *     0 2 update                an update
 *     1 entries                 awareness, as one length-prefixed body: count (id clock json)*
 *     2 0 reason                permission denied (relay to client)
 *     3                         query awareness (client to relay)
 *
 * A client reads only the first message of a WebSocket message: we send one in each. Some send several.
 */

export interface AwarenessEntry {
  readonly id: number
  readonly clock: number
  /** UTF-8 JSON; empty when the participant has left (`null` on the wire). */
  readonly state: Uint8Array
}

export type YWebsocketMessage =
  | { readonly type: 'step1'; readonly stateVector: Uint8Array }
  | { readonly type: 'step2'; readonly update: Uint8Array }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | { readonly type: 'awareness'; readonly entries: readonly AwarenessEntry[] }
  | { readonly type: 'query-awareness' }

const messageSync = 0
const messageAwareness = 1
const messageAuth = 2
const messageQueryAwareness = 3

/** Messages and awareness entries in one frame, all together: what bounds the objects it decodes to. */
export const yWebsocketItemsMax = 4_096

const nullText = new TextEncoder().encode('null')
const none = new Uint8Array(0)

/**
 * The messages of a frame, in order; null when it is none of ours. Never throws. Byte fields are views into the frame.
 * Auth messages, which only relays send, and messages of unknown type end the frame without a fault.
 */
export function decodeYWebsocketFrame(frame: Uint8Array): readonly YWebsocketMessage[] | null {
  const messages: YWebsocketMessage[] = []
  const decoder = decoding.createDecoder(frame)
  const room: Room = { items: yWebsocketItemsMax }
  try {
    while (decoding.hasContent(decoder)) {
      take(room, 1)
      const message = readMessage(decoder, room)
      if (message === null) break
      messages.push(message)
    }
    return messages
  } catch {
    // lib0 throws on a length beyond the frame, before it takes memory. Older versions looked only at the buffer behind
    // it, which holds what others sent: the tests see to it that this one does not.
    return null
  }
}

/** What a frame may still hold. */
interface Room {
  items: number
}

function take(room: Room, items: number): void {
  room.items -= items
  if (room.items < 0) throw new Error('too many messages and awareness entries')
}

function readMessage(decoder: decoding.Decoder, room: Room): YWebsocketMessage | null {
  switch (decoding.readVarUint(decoder)) {
    case messageSync:
      return readSync(decoder)
    case messageAwareness:
      return { type: 'awareness', entries: readAwareness(decoding.readVarUint8Array(decoder), room) }
    case messageQueryAwareness:
      return { type: 'query-awareness' }
    default:
      return null
  }
}

function readSync(decoder: decoding.Decoder): YWebsocketMessage | null {
  const type = decoding.readVarUint(decoder)
  switch (type) {
    case 0:
      return { type: 'step1', stateVector: decoding.readVarUint8Array(decoder) }
    case 1:
      return { type: 'step2', update: decoding.readVarUint8Array(decoder) }
    case 2:
      return { type: 'update', update: decoding.readVarUint8Array(decoder) }
    default:
      throw new Error(`sync message ${type}`)
  }
}

function readAwareness(body: Uint8Array, room: Room): AwarenessEntry[] {
  const decoder = decoding.createDecoder(body)
  const count = decoding.readVarUint(decoder)
  take(room, count)
  const entries: AwarenessEntry[] = []
  for (let i = 0; i < count; i++) entries.push(readAwarenessEntry(decoder))
  return entries
}

function readAwarenessEntry(decoder: decoding.Decoder): AwarenessEntry {
  const id = decoding.readVarUint(decoder)
  const clock = decoding.readVarUint(decoder)
  // A string is its length and its UTF-8: the JSON is passed on as it stands.
  const text = decoding.readVarUint8Array(decoder)
  return { id, clock, state: isNull(text) ? none : text }
}

function isNull(text: Uint8Array): boolean {
  return text.length === nullText.length && text.every((byte, i) => byte === nullText[i])
}

export function encodeStep1(stateVector: Uint8Array): Uint8Array {
  return encodeSync(0, stateVector)
}

export function encodeStep2(update: Uint8Array): Uint8Array {
  return encodeSync(1, update)
}

export function encodeUpdate(update: Uint8Array): Uint8Array {
  return encodeSync(2, update)
}

function encodeSync(type: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, messageSync)
  encoding.writeVarUint(encoder, type)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  const body = encoding.createEncoder()
  encoding.writeVarUint(body, entries.length)
  for (const { id, clock, state } of entries) {
    encoding.writeVarUint(body, id)
    encoding.writeVarUint(body, clock)
    encoding.writeVarUint8Array(body, state.length === 0 ? nullText : state)
  }
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, messageAwareness)
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body))
  return encoding.toUint8Array(encoder)
}

export function encodePermissionDenied(reason: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, messageAuth)
  encoding.writeVarUint(encoder, 0)
  encoding.writeVarString(encoder, reason)
  return encoding.toUint8Array(encoder)
}
