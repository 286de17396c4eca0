/**
 * What simulations found in the production code, and what became of it. Seeds change their meaning with every change of
 * the world, so each bug stays found in three ways: a test of the package that had it, the seed that showed it, which
 * must hold ever after, and its fix taken back by a patch of the zoo, which the simulator must go on finding.
 */
export interface Found {
  /** What went wrong, as a claim that is false by now. */
  readonly bug: string
  readonly property: string
  /** That showed it at the time; null: not written down. */
  readonly seed: number | null
  readonly fix: string
  /** From the folder of the packages, and a part of the test's name. */
  readonly test: { readonly file: string; readonly name: string }
  /** The bug of the zoo that takes the fix back; null: this world shows it no more. */
  readonly takenBackBy: string | null
}

const inClient = 'client/src/'
const inRelay = 'relay/src/'

export const found: readonly Found[] = [
  {
    bug: 'a document opened for the third time does not wait for what the first one still stores',
    property: 'L2',
    seed: null,
    fix: 'a document waits for all of its predecessors that are being closed',
    test: { file: `${inClient}device.test.ts`, name: 'opened, closed and opened again while the first one' },
    takenBackBy: 'opened-before-it-is-closed',
  },
  {
    bug: 'a gap behind a push that was refused for now is never answered, and both ends wait for ever',
    property: 'L2',
    seed: null,
    fix: 'a resync that comes late is answered when the delay is over',
    test: { file: `${inClient}session.test.ts`, name: 'a gap behind a refusal with a delay is answered' },
    takenBackBy: 'a-late-resync-is-old-news',
  },
  {
    bug: 'a batch that is refused after a later one was is lost, and called saved',
    property: 'S6',
    seed: 1037,
    fix: 'a refusal counts while its batch is under way, whatever was refused before',
    test: {
      file: `${inClient}session.test.ts`,
      name: 'a batch that is refused after a later one was is sent again',
    },
    takenBackBy: 'an-earlier-refusal-is-old-news',
  },
  {
    bug: 'an ack overtakes what its author has been sent, and a restored backup takes the edit with it',
    property: 'S1',
    seed: 949,
    fix: 'an ack waits until its author has been sent what it is about',
    test: { file: `${inRelay}fan-out.test.ts`, name: 'no ack is ahead of what its author has been sent' },
    takenBackBy: 'an-ack-ahead-of-the-cursor',
  },
  {
    bug: 'edits of a stock client that were refused while it might only read are never asked for again',
    property: 'L2',
    seed: 23,
    fix: 'a stock client that may write again is sent a step 1',
    test: { file: `${inRelay}y-websocket.test.ts`, name: 'a stock client that may write again is asked' },
    takenBackBy: 'who-may-write-again-is-not-asked',
  },
  {
    bug: 'a participant who keeps still vanishes for stock clients after 30 s, or when they come back',
    property: 'PRE2',
    seed: 105,
    fix: 'the relay renews the clocks of quiet participants for those who forget',
    test: { file: `${inRelay}y-websocket.test.ts`, name: 'stock clients are told of quiet participants' },
    takenBackBy: 'who-keeps-still-is-forgotten',
  },
  {
    bug: 'a repetition of presence that crosses with a departure makes a ghost',
    property: 'PRE2',
    seed: 48,
    fix: 'the clocks of those who left are remembered',
    test: { file: `${inRelay}y-websocket.test.ts`, name: 'a repetition that crosses with the word' },
    takenBackBy: 'a-repetition-brings-back-who-left',
  },
  {
    bug: 'what had arrived in a frozen page is taken for the answer to the question it asks on waking',
    property: 'L1',
    seed: null,
    fix: 'in doubt only the answer to the own ping counts',
    test: { file: `${inClient}connection.test.ts`, name: 'in doubt only the answer counts' },
    takenBackBy: null,
  },
  {
    bug: 'a tab that holds nothing replaces what another tab of the device stored, and keeps nothing aside',
    property: 'S12',
    seed: null,
    fix: 'what is stored goes aside whatever the tab that replaces it holds',
    test: {
      file: `${inClient}recovery.test.ts`,
      name: 'what another tab of this device stored is kept aside',
    },
    takenBackBy: null,
  },
  {
    bug: 'saved() of an edit that is kept aside resolves',
    property: 'S6',
    seed: null,
    fix: 'it rejects when an edit goes aside',
    test: { file: `${inClient}recovery.test.ts`, name: 'saved() of an edit that is kept aside rejects' },
    takenBackBy: 'kept-aside-is-taken-for-saved',
  },
  {
    bug: 'a compaction that meets damaged bytes tells of a failed compaction, and edits are acknowledged behind them',
    property: 'S14',
    seed: 184,
    fix: 'whatever work finds damage halts the document; a failed log ends the relay',
    test: { file: `${inRelay}recovery.test.ts`, name: 'damage that a compaction finds' },
    takenBackBy: 'background-work-keeps-damage-to-itself',
  },
  {
    bug: 'a full disk that has no room for a new document is told to nobody but its client',
    property: 'S14',
    seed: 110,
    fix: 'the owner is told of it as of any other',
    test: { file: `${inRelay}recovery.test.ts`, name: 'a full disk that has no room for a new document' },
    takenBackBy: 'no-room-for-a-new-document-is-no-news',
  },
  {
    bug: 'a client answers a state vector that counted on an append that failed, is asked again, and gives up',
    property: 'L2',
    seed: 310,
    fix: 'sessions that owe such an answer end, and come back',
    test: { file: `${inRelay}recovery.test.ts`, name: 'who was told that the log has what it then did not' },
    takenBackBy: 'a-state-vector-counts-on-what-fails',
  },
  {
    bug: 'who cannot give back what a relay asks for is not told what it lacks, either',
    property: 'L2',
    seed: null,
    fix: 'a resync that is asked for in vain ends in reading on',
    test: { file: `${inClient}session.test.ts`, name: 'who cannot give back what a relay asks for' },
    takenBackBy: null,
  },
  {
    bug: 'the moment of quiet that falls into a compaction of the same document is missed, and its tail stays',
    property: 'L6',
    seed: 587,
    fix: 'who asks meanwhile is asked for again when the compaction ends',
    test: {
      file: `${inRelay}compaction.test.ts`,
      name: 'what a document has grown by while it was compacted',
    },
    takenBackBy: 'a-moment-of-quiet-is-missed',
  },
  {
    bug: 'a disk that was full for a moment leaves its long tail to a document that nobody writes to any more',
    property: 'L6',
    seed: null,
    fix: 'a compaction for which there was no room is tried again after a while',
    test: { file: `${inRelay}compaction.test.ts`, name: 'what there was no room to compact is compacted' },
    takenBackBy: null,
  },
  {
    bug: 'a moment of quiet, which would do with more, takes the place of who asked for a compaction before it',
    property: 'L6',
    seed: 491,
    fix: 'whatever is enough in the midst of work is enough at every later moment',
    test: { file: `${inRelay}compaction.test.ts`, name: 'enough in the midst of work' },
    takenBackBy: null,
  },
  {
    bug: 'what a killed relay had not compacted yet is never compacted while people only read',
    property: 'L6',
    seed: 2540,
    fix: 'a document that comes into memory is looked at, too, when it is quiet',
    test: { file: `${inRelay}compaction.test.ts`, name: 'the long tail that a killed relay left' },
    takenBackBy: null,
  },
  {
    bug: 'after a write that failed, a page that finds its storage wiped closes without giving it anything',
    property: 'S3',
    seed: 1910,
    fix: 'a storage that says that it was wiped works',
    test: {
      file: `${inClient}siblings.test.ts`,
      name: 'after a write that failed, is given everything before a document is closed',
    },
    takenBackBy: null,
  },
  {
    bug: 'a page that took edits of another and slept sends them into the next history',
    property: 'S12',
    seed: 6031,
    fix: 'a page knows the storage whose edits it took, and asks it before a relay',
    test: { file: `${inClient}siblings.test.ts`, name: 'one that slept on edits of another page' },
    takenBackBy: null,
  },
  {
    bug: 'a page that is closed after another met another history takes its last edits with it',
    property: 'S3',
    seed: 200214,
    fix: 'what has no place in the history of the device goes aside when the document is closed',
    test: { file: `${inClient}recovery.test.ts`, name: 'a tab whose device has moved on to another history' },
    takenBackBy: null,
  },
  {
    bug: 'what a page that never met a relay left is not sent by one that did, and has nothing to store',
    property: 'L8',
    seed: null,
    fix: 'edits of no history fit to every one',
    test: { file: `${inClient}siblings.test.ts`, name: 'are sent by one that has met a relay' },
    takenBackBy: null,
  },
  {
    bug: 'the appends that counted on a failed one are told before it: a full disk looks like a conflict',
    property: 'S14',
    seed: 156,
    fix: 'the log tells the reason first',
    test: { file: 'log/src/sqlite-log.test.ts', name: 'the reason is told before the conflicts' },
    takenBackBy: null,
  },
  {
    bug: 'what becomes durable after its document was halted ends the relay, and every document with it',
    property: 'exception',
    seed: null,
    fix: 'a document that is given up stops its appender',
    test: { file: `${inRelay}recovery.test.ts`, name: 'what becomes durable after its document was halted' },
    takenBackBy: 'a-halted-document-still-acknowledges',
  },
  {
    bug: 'edits that build on what others have yet to give back are refused for good',
    property: 'L2',
    seed: 20141,
    fix: 'they wait, and are tried again in a new session',
    test: { file: `${inClient}session.test.ts`, name: 'when the relay will not have it, own edits are sent' },
    takenBackBy: null,
  },
  {
    bug: 'a replica that is rebuilt for another history meets one more, and is refused for a minute',
    property: 'L2',
    seed: 10942,
    fix: 'it begins anew at once',
    test: { file: `${inClient}session.test.ts`, name: 'a rebuild that meets one more history begins anew' },
    takenBackBy: null,
  },
  {
    bug: 'a stranger takes the presence id of somebody whose connection has just broken',
    property: 'PRE1',
    seed: 1079,
    fix: "an id stays its principal's while that one is away",
    test: { file: `${inRelay}presence.test.ts`, name: 'an id of another account stays that of the one' },
    takenBackBy: null,
  },
  {
    bug: 'a reader that was full is shown what it missed of somebody, and the next change in the same write',
    property: 'PRE3',
    seed: 114,
    fix: 'what waited is sent at the end of a turn, with what changed in it',
    test: {
      file: `${inRelay}presence.test.ts`,
      name: 'a reader that drains in the turn in which somebody moves',
    },
    takenBackBy: 'presence-that-waited-leaves-at-once',
  },
  {
    bug: 'once a log is compacted beyond the place of a loss nothing proves it, and who gives back owns what others wrote',
    property: 'S11',
    seed: null,
    fix: 'a check names the epoch of its entry, and a document remembers which epoch was in force where',
    test: { file: `${inRelay}session.test.ts`, name: 'below the floor, too, a log gets back what it lost' },
    takenBackBy: 'below-the-floor-nothing-is-known',
  },
  {
    bug: 'a page without a cursor that answers a gap with what others wrote owns it, and they are refused for ever',
    property: 'S11',
    seed: 46,
    fix: 'what answers a resync without a proof makes nobody an owner',
    test: { file: `${inRelay}session.test.ts`, name: 'who answers a gap with what others wrote' },
    takenBackBy: null,
  },
  {
    bug: 'where pings are frequent, each puts off the deadline of the one before, and a dead connection is kept for ever',
    property: 'L2',
    seed: 52,
    fix: 'the first ping that is not answered counts',
    test: {
      file: `${inClient}connection.test.ts`,
      name: 'a ping that follows soon does not put off the deadline',
    },
    takenBackBy: 'a-ping-puts-off-the-deadline',
  },
  {
    bug: 'a page that was frozen before it was answered brings what its sibling had sent into another history',
    property: 'S12',
    seed: 7497,
    fix: 'of the edits of other pages only those are unsent that the device still waits with',
    test: {
      file: `${inClient}siblings.test.ts`,
      name: 'one that has met no relay sends nothing that another page has sent meanwhile',
    },
    takenBackBy: null,
  },
  {
    bug: 'where little may wait for a reader, a page of the log is more than that, and who catches up is cut off for ever',
    property: 'L2',
    seed: 9056,
    fix: 'a session is read to by no more than may wait for it',
    test: {
      file: `${inRelay}fan-out.test.ts`,
      name: 'who comes back after a lot of small entries is sent them',
    },
    takenBackBy: null,
  },
  {
    bug: 'a page that leaves a history before its device has heard of any sends what another page built on that history',
    property: 'L2',
    seed: 31040,
    fix: 'who leaves a history sets aside all that the device holds of it, whoever stored it',
    test: {
      file: `${inClient}testing/store-conformance.ts`,
      name: 'who leaves a history that the store has never heard of',
    },
    takenBackBy: null,
  },
  {
    bug: 'a relay that drains while a document is loaded for a stock client throws where nobody catches it',
    property: 'L4',
    seed: null,
    fix: 'who was told to go is not let in',
    test: {
      file: `${inRelay}connection.test.ts`,
      name: 'who is still let in when the relay drains',
    },
    takenBackBy: null,
  },
  {
    bug: 'a stock client is told that the log has an edit that is under way, which then fails: nobody asks for it again',
    property: 'L2',
    seed: 41970,
    fix: 'when a document has recovered, who was told of more than the log has is asked again',
    test: {
      file: `${inRelay}y-websocket.test.ts`,
      name: 'a stock client that kept back what was still on its way into the log',
    },
    takenBackBy: null,
  },
  {
    bug: 'who comes back while a document recovers is told of what the log did not take, and its edits are refused for good',
    property: 'L2',
    seed: 51189,
    fix: 'what the log has is told when the log has said it',
    test: {
      file: `${inRelay}recovery.test.ts`,
      name: 'who comes back while a document recovers is not told of what the log did not take',
    },
    takenBackBy: null,
  },
  {
    bug: 'what was written offline in small steps is merged into more than a relay may take, and refused for good',
    property: 'L2',
    seed: 61293,
    fix: 'no relay takes less than what a client merges',
    test: { file: `${inClient}outbox.test.ts`, name: 'a merge never grows beyond what any relay takes' },
    takenBackBy: null,
  },
]
