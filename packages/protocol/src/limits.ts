import { assert } from '@tidemark/base'
import type { ConnectionLimits } from './messages.ts'

// Plain numbers, not products: a bundler drops those that a browser does not use.

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
  frameBytesMax: 8_388_608, // 8 MiB
  updateBytesMax: 4_194_304, // 4 MiB
  windowBytesMax: 1_048_576, // 1 MiB
  sessionsMax: 256,
  presenceBytesMax: 4_096, // 4 KiB
  idleMsMax: 60_000,
}

/** What no relay may be configured to take or send as one frame: beyond it, one frame stalls a browser for seconds. */
export const frameBytesHardMax = 67_108_864 // 64 MiB

/** What no relay may be configured to take or send as one participant's state. */
export const presenceBytesHardMax = 65_536 // 64 KiB

/** What no relay may grant. */
export const connectionLimitsHardMax: ConnectionLimits = {
  frameBytesMax: frameBytesHardMax,
  updateBytesMax: 33_554_432, // 32 MiB
  windowBytesMax: 67_108_864, // 64 MiB
  sessionsMax: 65_536,
  presenceBytesMax: presenceBytesHardMax,
  idleMsMax: 3_600_000,
}

/** With less than this, a client would ping more than it works. A `welcome` that grants less is malformed. */
export const idleMsMin = 1_000

/**
 * An update that every relay takes: clients merge what they cannot send up to this. A relay that takes less would refuse
 * for good what was written offline in small steps.
 */
export const updateBytesMin = 32_768 // 32 KiB

/** Bytes around the one update of a `push` or `entries`, at most: type, length and every number of the message. */
export const messageOverheadBytesMax = 64

/** The token of `hello`: large enough for a signed token with claims. */
export const tokenBytesMax = 8_192 // 8 KiB

/**
 * The document id of an `open`. An id has at most 512 bytes; a longer one is still read, so that it ends its own session
 * with `document/bad-id` and not the connection of all others.
 */
export const documentFieldBytesMax = 4_096 // 4 KiB

/** A text for people in `refused`, `closed` and `go-away`. Encoders cut longer ones. */
export const textBytesMax = 1024

/** A Yjs state vector: 7 bytes for each client id that ever wrote, hence 150,000 of them. */
export const stateVectorBytesMax = 1_048_576 // 1 MiB

/** A content digest: SHA-256. */
export const digestBytes = 32

/** A snapshot's body: what a replica has to hold in one piece before it can apply it. */
export const snapshotBytesMax = 268_435_456 // 256 MiB

/** One part of a snapshot: the grain in which a slow reader is served. */
export const snapshotPartBytesMax = 131_072 // 128 KiB

/** How long a relay may ask a client to stay away: a day. Encoders round up to whole milliseconds and cut to this. */
export const retryAfterMsMax = 86_400_000

/**
 * Messages (those of unknown type included), updates of `entries` and participants of `presence-changed`, all together
 * in one frame. Three bytes can become an object of a hundred: a frame must not be a way to fill a receiver's memory.
 * A sender that has more starts another frame.
 */
export const itemsPerFrameMax = 65_536

/**
 * A relay's owner asked for limits that cannot work: an assertion says which. For the relay's constructor.
 */
export function assertConnectionLimits(limits: ConnectionLimits): void {
  assertGranted('frameBytesMax', limits)
  assertGranted('updateBytesMax', limits, updateBytesMin)
  assertGranted('windowBytesMax', limits)
  assertGranted('sessionsMax', limits)
  assertGranted('presenceBytesMax', limits)
  assertGranted('idleMsMax', limits, idleMsMin)
  // Otherwise an update that the relay accepts could never reach it, nor its readers.
  const room = limits.frameBytesMax - limits.updateBytesMax
  assert(
    room >= messageOverheadBytesMax,
    `frameBytesMax must exceed updateBytesMax by ${messageOverheadBytesMax}`,
  )
}

function assertGranted(name: keyof ConnectionLimits, limits: ConnectionLimits, min = 1): void {
  const { [name]: value } = limits
  const { [name]: max } = connectionLimitsHardMax
  assert(
    Number.isSafeInteger(value) && value >= min && value <= max,
    `${name} is ${value}, not ${min} to ${max}`,
  )
}
