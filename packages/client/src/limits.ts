import type { ConnectionLimits } from '@tidemark/protocol'

// Plain numbers, not products: a bundler drops those that are not used.

/** Edits of this long are stored together: an edit is on the device within twice this, and a typist makes few writes. */
export const editsGatherMs = 20

/** What others wrote can be had again from the relay: it is stored in larger portions. */
export const entriesGatherMs = 100

/** Delay before a failed write is tried again: doubled each time, up to the second. */
export const storeRetryMsMin = 500
export const storeRetryMsMax = 10_000

/**
 * A store that has not answered by then is not waited for: the session starts without what the device holds. Well
 * within the time that a relay gives a connection to open its first document.
 */
export const loadWaitMsMax = 5_000

/** A load that failed is tried again after this: what the device holds may wait to be sent. */
export const loadRetryMs = 2_000

/** The device is looked at this often, for edits that pages which are gone have left there. */
export const lookMs = 1_200

/** Looks after a page was heard of, or its edits were seen first, until they are adopted: within 5 s they are sent. */
export const adoptLooks = 2

/** Pages that may be heard of between two looks. */
export const pagesMax = 1_000

/** A rebuild that failed, too: Yjs cannot take what the relay holds. */
export const rebuildRetryMs = 60_000

/** Records of one document on the device, above which they are written anew as one. */
export const recordsMax = 400

/** Bytes beside the state, as a part of the state's, above which the records are written anew: and at least so many. */
export const recordBytesRatio = 0.5
export const recordBytesMin = 131_072

/** Records of so many bytes are compressed; smaller ones the browser compresses. */
export const packedBytesMin = 16_384

/** Between two rounds in which that is done, and before the first. */
export const packAfterMs = 2_000

/** Records that wait for it: beyond, the oldest stay as they are until they are loaded again. */
export const packsMax = 256

/** Replacements of one replica that wait for a store which fails. Each holds what is to be kept aside. */
export const replacementsMax = 16

/** Unsent edits in memory, above which neighbours are merged. */
export const outboxEntriesMax = 512

/** What such a merge may grow to: what every relay takes, `updateBytesMin` of the protocol. */
export const outboxMergeBytesMax = 32_768

/** Messages kept back while a snapshot is being expanded; with more the connection is made anew. */
export const heldMessagesMax = 4_096

/** What a snapshot may expand to. */
export const inflatedBytesMax = 1_073_741_824

/** Full jitter below a ceiling that doubles from the first to the second. */
export const reconnectMsMin = 500
export const reconnectMsMax = 20_000

/** Delay after a relay closed the connection and named none: it will not be better at once. */
export const comeBackMs = 30_000

/** A connection that lived this long starts anew at the shortest delay. */
export const stableMs = 5_000

/** Without an answer by then, dialling or asking for the token has failed. */
export const connectMsMax = 20_000

/** A ping is sent this often; more often where a relay allows less than three times this of silence. */
export const pingMs = 20_000

/** Without a sign of life by then, the connection is lost. */
export const pongMsMax = 10_000

/** The same when there is a reason to doubt: the page was frozen, the network changed. */
export const doubtMsMax = 3_000

/** The connection stays so long after the last document was closed. */
export const lingerMs = 2_000

/** Edits that build on what others must give back first are tried again this often. */
export const othersRetryMs = 20_000

/** A session cross-checks its content this often, when it is idle. */
export const verifyMs = 600_000

/** Before `welcome` tells the relay's. Small: what is sent before must fit any relay. */
export const limitsBeforeWelcome: ConnectionLimits = {
  frameBytesMax: 1_048_576,
  updateBytesMax: 524_288,
  windowBytesMax: 262_144,
  sessionsMax: 256,
  presenceBytesMax: 4_096,
  idleMsMax: 60_000,
}
