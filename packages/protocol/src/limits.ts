import { assert } from '@tidemark/base'
import type { ConnectionLimits } from './messages.ts'

const KiB = 1024
const MiB = 1024 * KiB

/**
 * What a relay grants a connection unless it is configured otherwise. The relay tells them in `welcome`.
 *
 * - `frameBytesMax`: one frame, either direction. Twice an update, so that a large one never needs a frame of its own.
 * - `updateBytesMax`: one update. A page of prose is 5 KB; 4 MiB is a pasted book with its formatting.
 * - `windowBytesMax`: pushed and not yet acknowledged, per session. It holds seconds of a fast line; a larger update
 *   may travel alone.
 * - `sessionsMax`: documents open on one connection.
 * - `presenceBytesMax`: one participant's state. It is sent again to everybody at each move of a caret.
 * - `idleMsMax`: silence after which a connection counts as lost. Proxies commonly cut at 60 s themselves.
 */
export const defaultConnectionLimits: ConnectionLimits = {
  frameBytesMax: 8 * MiB,
  updateBytesMax: 4 * MiB,
  windowBytesMax: MiB,
  sessionsMax: 256,
  presenceBytesMax: 4 * KiB,
  idleMsMax: 60_000,
}

/** What no relay may grant: beyond it, one frame stalls a browser's main thread for seconds. */
export const connectionLimitsHardMax: ConnectionLimits = {
  frameBytesMax: 64 * MiB,
  updateBytesMax: 32 * MiB,
  windowBytesMax: 64 * MiB,
  sessionsMax: 65_536,
  presenceBytesMax: 64 * KiB,
  idleMsMax: 3_600_000,
}

/** Below this a client would ping more than it works. A `welcome` with less is malformed. */
export const idleMsMin = 1_000

/** Bytes of a message around its one update, at most: type, length, and every number of `push` or `entries`. */
export const messageOverheadBytesMax = 64

/** The token of `hello`: large enough for a signed token with claims. */
export const tokenBytesMax: number = 8 * KiB

/** A text for people in `refused`, `closed` and `go-away`. Encoders cut longer ones. */
export const textBytesMax: number = KiB

/** A Yjs state vector: 7 bytes for each client id that ever wrote, hence 150,000 of them. */
export const stateVectorBytesMax: number = MiB

/** A content digest: SHA-256. */
export const digestBytes = 32

/** A snapshot's body: what a replica has to hold in one piece before it can apply it. */
export const snapshotBytesMax: number = 256 * MiB

/** One part of a snapshot: the grain in which a slow reader is served. */
export const snapshotPartBytesMax: number = 128 * KiB

/** How long a relay may ask a client to stay away: a day. Encoders round up to whole milliseconds and cut to this. */
export const retryAfterMsMax = 86_400_000

/**
 * Messages in one frame, those of unknown type included. A message of 3 bytes becomes an object of 100: a frame must
 * not be a way to fill a receiver's memory. Senders start another frame.
 */
export const messagesPerFrameMax = 16_384

/** Updates in one `entries`: one view each in the reader's memory. */
export const updatesPerEntriesMax = 16_384

/** Participants in one `presence-changed`. */
export const presencesPerMessageMax = 16_384

/** Messages, updates and participants in one frame together: what bounds the objects that a frame decodes to. */
export const itemsPerFrameMax = 65_536

/** A relay's owner asked for something that cannot work: an assertion says what. Call it once, at construction. */
export function assertConnectionLimits(limits: ConnectionLimits): void {
  for (const name of Object.keys(connectionLimitsHardMax) as (keyof ConnectionLimits)[]) {
    const max = connectionLimitsHardMax[name]
    const value = limits[name]
    assert(Number.isSafeInteger(value) && value >= 1 && value <= max, `${name} is ${value}, not 1 to ${max}`)
  }
  assert(limits.idleMsMax >= idleMsMin, `idleMsMax is below ${idleMsMin}`)
  // Otherwise an update that the relay accepts could never reach it, nor its readers.
  assert(
    limits.frameBytesMax >= limits.updateBytesMax + messageOverheadBytesMax,
    `frameBytesMax leaves no room for an update of updateBytesMax and ${messageOverheadBytesMax} bytes around it`,
  )
}
