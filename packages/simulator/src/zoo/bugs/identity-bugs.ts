import type { Bug } from '../bug.ts'

/** How somebody writes in another's name, or makes others carry more than they can. */
export const identityBugs: readonly Bug[] = [
  {
    name: 'anybody-extends-any-client',
    story:
      'Nobody looks whose client id an update goes on from: who claims the next clocks makes all later edits of their owner vanish.',
    seenIn: ['claiming the future clocks of a victim, experiment', 'sillsdev/harmony#79'],
    breaks: ['S11', 'S4', 'S2', 'S6', 'L2', 'S1'],
    patches: [
      {
        file: 'relay/src/admission.ts',
        find: "return author.way === 'recovery' ? null : foreignClient(owners, adds, author.principal)",
        replace: "return author.principal === '' ? foreignClient(owners, adds, author.principal) : null",
      },
    ],
  },
  {
    name: 'the-first-author-stands-for-all',
    story:
      'Who writes is looked up once per document: what others add to it is stored in the name of the first.',
    seenIn: [
      'calacademy-research/antcat#211: whoever touched a record first has made all later changes',
      'outline/outline#4267',
    ],
    breaks: ['S4', 'S8', 'S11', 'S2', 'S6', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/appender.ts',
        find: '  #failed = false\n\n  constructor',
        replace: '  #failed = false\n  #author: string | null = null\n\n  constructor',
      },
      {
        file: 'relay/src/appender.ts',
        find: 'admission.update), formatAuthor(author))',
        replace: 'admission.update), (this.#author ??= formatAuthor(author)))',
      },
    ],
  },
  {
    name: 'stored-as-it-came',
    story:
      'An update that says known clocks otherwise is stored whole: who reads the log in another order sees another document.',
    seenIn: [
      'equal clocks with other content, experiment: 228 of 228 not seen by state vectors',
      'sillsdev/harmony#79',
    ],
    breaks: ['S11', 'S1', 'S4', 'S10', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/admission.ts',
        find: '  const trimmed = trim(update, inspection)\n',
        replace: '  const trimmed = inspection.overlap === "some" ? update : trim(update, inspection)\n',
      },
    ],
  },
  {
    name: 'the-future-of-a-replica-is-deleted',
    story:
      'Structs of length 0 are let through: each replica that stores them can never load its document again.',
    seenIn: ['`01010700000000`, experiment: passes every function of Yjs', 'yjs/yjs#687: seven bytes'],
    breaks: ['ADM1', 'S1', 'S4', 'L4', 'L2', 'L1', 'S10', 'S14', 'exception'],
    patches: [
      {
        file: 'updates/src/content.ts',
        find: "  if (length === 0) reader.refuse('empty-struct', 'a struct of length 0')\n",
        replace: '  void reader\n',
      },
    ],
  },
  {
    name: 'anybody-is-anybody-present',
    story: 'Presence under the id of another account is taken: everybody can move the carets of everybody.',
    seenIn: ['y-protocols: anyone can overwrite the state of anyone, experiment'],
    breaks: ['PRE1', 'PRE2', 'PRE3', 'S11'],
    patches: [
      {
        file: 'relay/src/document-presence.ts',
        find: 'if (owner.principal !== session.principal) return false',
        replace: 'if (owner.principal === null) return false',
      },
      {
        file: 'relay/src/document-presence.ts',
        find: '    if (!this.mayAnnounce(session.principal, id)) return false\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a-window-that-nobody-closes',
    story: 'The window is told to clients, and what they push beyond it is taken.',
    seenIn: ['ueberdosis/hocuspocus: an update of any size at any rate is applied'],
    breaks: ['S13', 'L4', 'L3'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: 'if (!this.#window.admits(update.length)) return this.end(windowExceeded)',
        replace: 'if (update.length < 0) return this.end(windowExceeded)',
      },
    ],
  },
  {
    name: 'one-room-for-all-documents',
    story:
      'What may wait for the disk is counted for the relay, not for each document: who floods one stops all the others.',
    seenIn: ['scylladb/scylladb#1869: one slow replica throttles the writes to all', 'yjs/yhub#61'],
    // L1, too, where people fill the room themselves: here it stands for what strangers take from others.
    breaks: ['L4'],
    patches: [
      {
        file: 'relay/src/appender.ts',
        find: 'export class Appender {\n',
        replace:
          'const waiting = new WeakMap<object, Set<InFlight<Attached>>>()\n\nexport class Appender {\n',
      },
      {
        file: 'relay/src/appender.ts',
        find: '    this.#inFlight = new InFlight(deps.loaded.head)\n',
        replace:
          '    this.#inFlight = new InFlight(deps.loaded.head)\n    waiting.set(deps.log, (waiting.get(deps.log) ?? new Set()).add(this.#inFlight))\n',
      },
      {
        file: 'relay/src/appender.ts',
        find: `    const after = this.#inFlight.bytes + inFlightItemBytes + bytes
    return this.#inFlight.isEmpty ||`,
        replace: `    const all = [...(waiting.get(this.#deps.log) ?? [])].reduce((sum, each) => sum + each.bytes, 0)
    const after = all + inFlightItemBytes + bytes
    return all === 0 ||`,
      },
    ],
  },
  {
    name: 'who-is-away-can-be-replaced',
    story:
      'A presence id belongs to whoever announced it last: while its owner is away for a moment it is free.',
    seenIn: [
      'found here: relay, "[PRE1] an id of another account stays that of the one who has announced it"',
    ],
    breaks: ['PRE1', 'PRE2', 'PRE3'],
    patches: [
      {
        file: 'relay/src/document-presence.ts',
        find: '    if (!this.mayAnnounce(session.principal, id)) return false\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a-reader-that-does-not-read-fills-memory',
    story: 'Small answers are queued for a socket whatever it holds already: they are small.',
    seenIn: ['aio-libs/aiohttp#1367', 'first-tree-ai/first-tree#1669', 'SignalK/signalk-server#698'],
    breaks: ['S13'],
    patches: [
      {
        file: 'relay/src/outgoing.ts',
        find: '    if (this.bufferedBytes <= this.#unsentMax) return false\n',
        replace: '    if (this.bufferedBytes > 0) return false\n',
      },
    ],
  },
  {
    name: 'everything-waits-for-the-disk',
    story: 'What is to be stored waits in memory until the disk takes it, however much there is.',
    seenIn: [
      'found here: relay, "a flood of what adds nothing does not wait for a slow disk without a limit"',
    ],
    breaks: ['S13'],
    patches: [
      {
        file: 'relay/src/appender.ts',
        find: '    if (!this.#hasRoom(update.length)) {',
        replace:
          '    if (!this.#hasRoom(update.length) && update.length > this.#deps.limits.updateBytesMax) {',
      },
    ],
  },
]
