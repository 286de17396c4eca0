/**
 * Every bound of the relay. Each can be overridden in `createRelay({ limits })`; each has a behaviour at its edge, named
 * beside it, and a test there.
 */
export interface RelayLimits {
  // Told to the client in `welcome`.
  /** Bytes of one incoming WebSocket message. Above: `connection/frame-too-large`, the connection ends. */
  readonly frameBytesMax: number
  /** Bytes of one update. Above: refused with `update/too-large`. */
  readonly updateBytesMax: number
  /** Bytes of a session's pushes that are not yet committed; one larger push may travel alone. Above: the session ends. */
  readonly windowBytesMax: number
  /** Sessions of one connection. Above: the new one is closed with `connection/too-many-sessions`. */
  readonly sessionsMax: number
  /** Bytes of one participant's presence. Above: it is not taken. */
  readonly presenceBytesMax: number
  /** Silence after which a connection ends with `connection/idle`. */
  readonly idleMsMax: number

  // Connections.
  /** Time until a connection must have opened its first document. After: `connection/unauthenticated-too-long`. */
  readonly firstOpenMsMax: number
  /** Time that `authorize` may take. After: `access/unavailable`. It is also how long a doubted session may read on. */
  readonly authorizeMsMax: number
  /** How long a grant holds that does not say so itself. After, unless renewed: `access/unavailable`. */
  readonly grantMsMax: number
  /** Messages of a connection that wait while documents are being authorised and loaded. Above: the session ends. */
  readonly openingBytesMax: number
  /** Unsent bytes of a connection above which its sessions stop being sent live entries and read on when it drains. */
  readonly bufferedBytesMax: number
  /** Unsent bytes, beside an answer that leaves in one piece, at which a connection is cut: even acks piled up. */
  readonly terminateBytesMax: number
  /** Bytes of log entries read and sent at a time to a session that catches up. */
  readonly readBytes: number
  /**
   * Time after which a y-websocket client that was sent nothing is sent a sign of life, and told again of participants who
   * kept still: after 30 s it leaves, and forgets them. So at most 14 s.
   */
  readonly keepAliveMs: number
  /**
   * Presence ids that one y-websocket connection may hold, or one native session may take one after the other. Above:
   * further ids are ignored.
   */
  readonly presenceIdsMax: number
  /** Participants that moved or left and whose readers are too full to be told. Above: the reader's session ends. */
  readonly presenceStaleMax: number
  /**
   * Between two tellings of who moved, for each reader of the document, and at most `presenceRestMsMax`. A write costs 8 to
   * 15 µs, so that presence alone takes a tenth of a core, up to 600 readers. Below 1 ms, up to six readers, there is no rest.
   */
  readonly presenceRestMsPerReader: number
  readonly presenceRestMsMax: number

  // Connections, all together.
  /** Open connections. Above: `connection/too-many`. */
  readonly connectionsMax: number
  /**
   * Open connections of one address. Above: `connection/too-many`. By default as many as there may be at all: behind a
   * proxy all of them come from one address.
   */
  readonly connectionsPerAddressMax: number
  /** Questions to `authorize` of one connection that are not answered yet. Above: `access/unavailable`. */
  readonly authorizingMax: number

  // Documents.
  /** Documents in memory. Above: sessions of further ones are closed with `relay/overloaded`. */
  readonly documentsMax: number
  /** Presence ids of a document whose principal is remembered after they left. Above: the oldest are forgotten. */
  readonly presenceClaimsMax: number
  /** Memory for a document's recent entries, with `tailEntryOverheadBytes` counted for each. Above: the oldest go. */
  readonly tailBytesMax: number
  /** Bytes of one document's pushes that wait for a commit, 200 counted for each. Above: `relay/overloaded`. */
  readonly inFlightBytesMax: number
  /** How long a document without sessions stays in memory. */
  readonly evictAfterMs: number
  /** How long a snapshot's bytes stay in memory for the next joiner. */
  readonly snapshotCacheMs: number
  /** Bytes of all that are kept so; their messages take as much again. Above: the oldest are read anew when asked for. */
  readonly snapshotCacheBytesMax: number
  /** How long a halted document refuses before the log is asked again. */
  readonly haltedRetryMs: number

  // Work off the main thread.
  /** Jobs that wait for the replayer. Above: `relay/overloaded`. */
  readonly replayJobsMax: number
  /** Time of one job of the replayer. Above: it is killed. */
  readonly replayMsMax: number
  /** Bytes of a snapshot, deflated or not. Above: the document is not compacted, and the operator is told. */
  readonly snapshotBytesMax: number
  /** Shortest time between two `verify` of a session. Sooner: answered `unknown`. */
  readonly verifyMsMin: number
  /** Shortest time between two differences (`state`, SyncStep1) made for a session. Sooner: the latest waits. */
  readonly differenceMsMin: number
  /** Shortest time between two requests for all that the log lacks (`resync`) to a session. Sooner: the latest waits. */
  readonly resyncMsMin: number

  // Compaction: when a snapshot is made. It costs as much as loading the document in Yjs, so a busy document gets fewer.
  /** Entries, or their bytes, since the last snapshot, at which one is made in the midst of work. */
  readonly compactEntriesMax: number
  readonly compactBytesMax: number
  /** Time without a new entry after which less is enough. */
  readonly compactQuietMs: number
  readonly compactQuietEntriesMin: number
  readonly compactQuietBytesMin: number
  /** Entries that make a snapshot worth its while when the document leaves memory. */
  readonly compactEvictedEntriesMin: number
  /** Entries that are left out of a snapshot, and stay when a document at rest gets a second one that has them. */
  readonly compactKeptEntries: number
}

const KiB = 1024
const MiB = 1024 * KiB

export const relayLimitsDefault: RelayLimits = {
  frameBytesMax: 8 * MiB,
  updateBytesMax: 4 * MiB,
  windowBytesMax: 1 * MiB,
  sessionsMax: 256,
  presenceBytesMax: 4 * KiB,
  idleMsMax: 60_000,

  firstOpenMsMax: 10_000,
  authorizeMsMax: 5_000,
  grantMsMax: 60_000,
  openingBytesMax: 8 * MiB,
  bufferedBytesMax: 256 * KiB,
  terminateBytesMax: 8 * MiB,
  readBytes: 64 * KiB,
  keepAliveMs: 12_000,
  presenceIdsMax: 8,
  presenceStaleMax: 10_000,
  presenceRestMsPerReader: 0.15,
  presenceRestMsMax: 100,

  connectionsMax: 20_000,
  connectionsPerAddressMax: 20_000,
  authorizingMax: 512,

  documentsMax: 20_000,
  presenceClaimsMax: 4_096,
  tailBytesMax: 256 * KiB,
  inFlightBytesMax: 16 * MiB,
  evictAfterMs: 60_000,
  snapshotCacheMs: 10_000,
  snapshotCacheBytesMax: 32 * MiB,
  haltedRetryMs: 60_000,

  replayJobsMax: 1_000,
  replayMsMax: 60_000,
  snapshotBytesMax: 256 * MiB,
  verifyMsMin: 10_000,
  differenceMsMin: 1_000,
  resyncMsMin: 5_000,

  // Reading 500 entries takes the log about a millisecond, 5,000 ten.
  compactEntriesMax: 5_000,
  compactBytesMax: 4 * MiB,
  compactQuietMs: 5_000,
  compactQuietEntriesMin: 500,
  compactQuietBytesMin: 1 * MiB,
  compactEvictedEntriesMin: 50,
  compactKeptEntries: 16,
}

/** What an entry costs in memory beside its bytes: the array, its buffer, the check. Measured on Node 20. */
export const tailEntryOverheadBytes = 250

/** What a session is read at a time: whatever it has not taken yet, this must not get its connection cut. */
export function pageBytesMax({ readBytes, bufferedBytesMax }: RelayLimits): number {
  return Math.min(readBytes, bufferedBytesMax)
}
