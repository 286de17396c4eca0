import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { JoinOptions } from './dialect.ts'

// The messages that y-websocket and Hocuspocus share: https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md

export const messageTypes = { sync: 0, awareness: 1, auth: 2 } as const
export const syncTypes = { step1: 0, step2: 1, update: 2 } as const

/** What replies to a state vector: what its holder lacks of what this replica has. */
export function answerTo({ holds }: JoinOptions, stateVector: Uint8Array): Uint8Array {
  return holds?.difference(stateVector) ?? emptyUpdate
}

export function stateVectorOf({ holds }: JoinOptions): Uint8Array {
  return holds?.stateVector ?? emptyStateVector
}

/** No structs, no deletions. */
const emptyUpdate: Uint8Array = Uint8Array.of(0, 0)
const emptyStateVector: Uint8Array = Uint8Array.of(0)

export function encodeSync(prefix: Uint8Array, type: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8Array(encoder, prefix)
  encoding.writeVarUint(encoder, messageTypes.sync)
  encoding.writeVarUint(encoder, type)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

export function encodeAwareness(prefix: Uint8Array, id: number, clock: number, state: string): Uint8Array {
  const body = encoding.createEncoder()
  encoding.writeVarUint(body, 1)
  encoding.writeVarUint(body, id)
  encoding.writeVarUint(body, clock)
  encoding.writeVarString(body, state)
  const encoder = encoding.createEncoder()
  encoding.writeUint8Array(encoder, prefix)
  encoding.writeVarUint(encoder, messageTypes.awareness)
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body))
  return encoding.toUint8Array(encoder)
}

export function readAwareness(body: Uint8Array, onPresence: (id: number, state: string) => void): void {
  const decoder = decoding.createDecoder(body)
  for (let count = decoding.readVarUint(decoder); count > 0; count--) {
    const id = decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    onPresence(id, decoding.readVarString(decoder))
  }
}
