import type { Check, Seq } from '@tidemark/base'
import { encodeRelayMessage, type SnapshotEncoding, snapshotPartBytesMax } from '@tidemark/protocol'

/** What a replica is to begin with: all entries up to `seq`. */
export interface SnapshotBytes {
  readonly seq: Seq
  readonly check: Check
  readonly encoding: SnapshotEncoding
  readonly bytes: Uint8Array
}

/**
 * A snapshot or a difference as the messages that carry it.
 *
 * When it is `shared` by all who join, the messages are made once and kept as long as it is: 150 joiners of a document of
 * 20 MB then cost one copy of it, not 150. A message names the session, which is the client's number; nearly all of those
 * who join have opened one document, so that their numbers are the same. For any other number they are made anew.
 */
export class SnapshotParts {
  readonly #snapshot: SnapshotBytes
  readonly #kept: Uint8Array[] | null
  /** Whose messages are kept. */
  #keptSession: number | null = null

  constructor(snapshot: SnapshotBytes, use: 'shared' | 'once') {
    this.#snapshot = snapshot
    this.#kept = use === 'shared' ? [] : null
  }

  get seq(): Seq {
    return this.#snapshot.seq
  }

  get bytes(): number {
    return this.#snapshot.bytes.length
  }

  /** At least one: also of nothing somebody is told. */
  get count(): number {
    return Math.max(1, Math.ceil(this.#snapshot.bytes.length / snapshotPartBytesMax))
  }

  /** The message with part `at`, from 0 on. Not to be changed: others may be sent the same bytes. */
  message(session: number, at: number): Uint8Array {
    this.#keptSession ??= session
    if (this.#kept === null || session !== this.#keptSession) return this.#encode(session, at)
    this.#kept[at] ??= this.#encode(session, at)
    return this.#kept[at]
  }

  #encode(session: number, at: number): Uint8Array {
    const { seq, check, encoding, bytes } = this.#snapshot
    const offset = at * snapshotPartBytesMax
    return encodeRelayMessage({
      type: 'snapshot-part',
      session,
      seq,
      check,
      encoding,
      totalBytes: bytes.length,
      offset,
      bytes: bytes.subarray(offset, offset + snapshotPartBytesMax),
    })
  }
}
