import { inflatedBytesMax } from '../limits.ts'
import { deflate, inflate } from '../platform/deflate.ts'
import type { StoredUpdate } from './replica-store.ts'

/** As the database holds it. */
export interface PackedUpdate extends StoredUpdate {
  /** `update` is compressed: raw deflate. */
  readonly packed?: true
}

/** Bytes below which packing is not worth its time. */
const packedBytesMin = 4_096

/** A document takes a third of the bytes. Never rejects: what cannot be packed is stored as it is. */
export async function pack(stored: StoredUpdate): Promise<PackedUpdate> {
  if (stored.update.length < packedBytesMin) return stored
  try {
    return { ...stored, update: await deflate(stored.update), packed: true }
  } catch {
    return stored
  }
}

/** Bytes that are damaged become an update that Yjs refuses: then the replica is made anew, as after any that it refuses. */
export async function unpack({ update, version, packed }: PackedUpdate): Promise<StoredUpdate> {
  if (!packed) return { update, version }
  try {
    return { update: await inflate(update, inflatedBytesMax), version }
  } catch {
    return { update: new Uint8Array(), version }
  }
}
