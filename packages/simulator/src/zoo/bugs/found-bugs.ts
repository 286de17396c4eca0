import type { Bug } from '../bug.ts'

/** Bugs that simulations found here, their fixes taken back: the seeds that found them mean something else by now. */
export const foundBugs: readonly Bug[] = [
  {
    name: 'kept-aside-is-taken-for-saved',
    story:
      'Edits that go aside leave the outbox, and whoever waits for saved() takes the empty outbox for the answer.',
    seenIn: ['found here: client, "saved() of an edit that is kept aside rejects"'],
    breaks: ['S6'],
    patches: [
      {
        file: 'client/src/document.ts',
        find: '    if (isDropped && unsent) saving.fail(setAside(aside, error))\n',
        replace: '',
      },
    ],
  },
  {
    name: 'who-keeps-still-is-forgotten',
    story:
      'A stock client drops who was quiet for 30 s, and takes them in again only with a newer clock; one that was away, too.',
    seenIn: ['yjs/y-websocket#122', 'found here: relay, "stock clients are told of quiet participants"'],
    breaks: ['PRE2', 'PRE1', 'YWS4'],
    patches: [
      {
        file: 'relay/src/presence.ts',
        find: 'if (participant) this.#participants.set(id, { ...participant, clock: this.#nextClock() })',
        replace: 'if (participant) this.#participants.set(id, participant)',
      },
    ],
  },
  {
    name: 'background-work-keeps-damage-to-itself',
    story: 'A compaction that meets damaged bytes has failed, and that is all: edits are taken behind them.',
    seenIn: ['found here: relay, "damage that a compaction finds halts the document"'],
    breaks: ['S14'],
    patches: [
      {
        file: 'relay/src/failure-watch.ts',
        find: "  return code === 'log/corrupt' || code === 'log/failed'",
        replace: "  return code === 'log/failed'",
      },
    ],
  },
  {
    name: 'no-room-for-a-new-document-is-no-news',
    story: 'A full disk is told to the owner when edits do not fit, and not when a new document does not.',
    seenIn: ['found here: relay, "a full disk that has no room for a new document is told"'],
    breaks: ['S14'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: "    if (code === 'log/full') onEvent({ type: 'log-full', document: this.id, message })\n",
        replace: '',
      },
    ],
  },
  {
    name: 'a-state-vector-counts-on-what-fails',
    story:
      'A client is told what the log has and is about to have; what then fails is missing in its answer.',
    seenIn: ['found here: relay, "who was told that the log has what it then did not take is asked anew"'],
    breaks: ['R2', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: '    for (const session of [...this.#attached]) session.admittedInVain(refusal)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a-moment-of-quiet-is-missed',
    story: 'Who asks for a compaction while one runs is sent away, and nobody asks a second time.',
    seenIn: ['found here: relay, "what a document has grown by while it was compacted is compacted too"'],
    breaks: ['L6'],
    patches: [
      { file: 'relay/src/compaction.ts', find: '      this.#again = { target, moment }\n', replace: '' },
    ],
  },
  {
    name: 'a-halted-document-still-acknowledges',
    story: 'A document is halted while appends are under way; the first that comes through ends the relay.',
    seenIn: ['found here: relay, "what becomes durable after its document was halted"'],
    // An assertion in a promise is what the bug does.
    breaks: ['exception', 'L2', 'S14'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: "    if (this.#phase.kind === 'open') this.#phase.appender.stop()\n",
        replace: '',
      },
    ],
  },
  {
    name: 'below-the-floor-nothing-is-known',
    story:
      'Of a cursor whose entries were compacted away the log knows neither that it has them nor that it lost them.',
    seenIn: [
      'apache/kafka KIP-101',
      'found here: relay, "below the floor, too, a log gets back what it lost"',
    ],
    breaks: ['R3', 'S11', 'S1', 'L2'],
    patches: [
      {
        file: 'log/src/judge.ts',
        find: "if (log.epoch === null) return 'unknown'",
        replace: "if (log.epoch !== '') return 'unknown'",
      },
    ],
  },
]
