import { inflatedBytesMax, packedBytesMin } from '../limits.ts'
import { DamagedError, deflate, inflate } from '../platform/deflate.ts'
import type { StoredUpdate } from './replica-store.ts'

/** As the database holds it. */
export interface PackedUpdate extends StoredUpdate {
  /** `update` is compressed: raw deflate. */
  readonly packed?: true
}

export function isWorthPacking({ update, packed }: PackedUpdate): boolean {
  return !packed && update.length >= packedBytesMin
}

/** A document takes a third of the bytes. Calls `turn` between pieces. Rejects where the browser cannot. */
export async function pack<T extends StoredUpdate>(
  stored: T,
  turn: (run: () => void) => void,
): Promise<T & PackedUpdate> {
  return { ...stored, update: await deflate(stored.update, turn), packed: true }
}

/** Bytes that are damaged become an update that Yjs refuses: then the replica is made anew, as after any that it refuses. */
export async function unpack({ update, version, packed }: PackedUpdate): Promise<StoredUpdate> {
  if (!packed) return { update, version }
  try {
    return { update: await inflate(update, inflatedBytesMax), version }
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error
    return { update: new Uint8Array(), version }
  }
}
