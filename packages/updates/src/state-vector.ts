import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import type { Known } from './known.ts'
import { clockMax } from './limits.ts'
import { Reader, Refusal } from './reader.ts'

/** Yjs's own format, as `Y.encodeStateVector` writes it: a count, then client and next clock, clients descending. */
export function encodeStateVector({ clocks }: Pick<Known, 'clocks'>): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, clocks.size)
  for (const [client, clock] of [...clocks].sort((a, b) => b[0] - a[0])) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
  }
  return toUint8Array(encoder)
}

/** Reads what Yjs writes as a state vector, in any order of clients; null when the bytes are none. Never throws. */
export function decodeStateVector(bytes: Uint8Array): Map<number, number> | null {
  try {
    return readStateVector(new Reader(bytes))
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function readStateVector(reader: Reader): Map<number, number> | null {
  const count = reader.count(2)
  const clocks = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const client = reader.varUint()
    const clock = reader.varUint()
    if (clock > clockMax || clocks.has(client)) return null
    clocks.set(client, clock)
  }
  return reader.remaining === 0 ? clocks : null
}
