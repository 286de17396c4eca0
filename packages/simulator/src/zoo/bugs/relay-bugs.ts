import type { Bug } from '../bug.ts'

/** How a relay says too much, forgets a reader, or forgets what it knows. */
export const relayBugs: readonly Bug[] = [
  {
    name: 'ack-before-commit',
    story: 'A push is acknowledged when it was taken, before the log has it.',
    seenIn: [
      'automerge/automerge-repo#264',
      'ueberdosis/hocuspocus: stored some seconds after the update was accepted',
    ],
    breaks: ['S6', 'S2', 'S5'],
    patches: [
      {
        file: 'relay/src/appender.ts',
        find: '        this.#append(this.#inFlight.append(',
        replace: `        this.#deps.onDurable({ kind: 'repeat', author: session, batch })
        this.#append(this.#inFlight.append(`,
      },
    ],
  },
  {
    name: 'a-duplicate-is-acked-at-once',
    story:
      'A push that adds nothing to what is known is acknowledged at once, though what it repeats is not durable yet.',
    seenIn: [
      'yugabyte/yugabyte-db#32875',
      'ueberdosis/hocuspocus#635: acknowledged when the state contains the update',
    ],
    breaks: ['S6', 'S2', 'S5'],
    patches: [
      {
        file: 'relay/src/appender.ts',
        find: '        this.#inFlight.repeat(session, batch)\n',
        replace: `        this.#deps.onDurable({ kind: 'repeat', author: session, batch })\n`,
      },
    ],
  },
  {
    name: 'a-failed-append-stays-in-memory',
    story:
      'The log refuses an append, and what was learnt from it is kept: sent again, it counts as a duplicate.',
    seenIn: [
      'ueberdosis/hocuspocus#382: memory and database part ways after an error',
      'automerge/automerge-repo#264',
    ],
    breaks: ['S6', 'S2', 'L2', 'R2', 'S1'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: "    this.#open(loaded)\n    this.#deps.onEvent({ type: 'document-recovered'",
        replace: "    this.#open(before)\n    this.#deps.onEvent({ type: 'document-recovered'",
      },
    ],
  },
  {
    name: 'hints-are-the-only-delivery',
    story: 'A reader that is not sent what commits, because it is full, is not sent it later either.',
    seenIn: ['yjs/y-redis: pub/sub without reading the stream', 'tutao/tutanota#1068'],
    breaks: ['L1', 'L2', 'L3', 'S1'],
    patches: [{ file: 'relay/src/feed.ts', find: '    this.#reader.missed()\n', replace: '' }],
  },
  {
    name: 'only-what-comes-from-now-on',
    story: 'A replica that comes back is sent what commits from then on, not what it missed.',
    seenIn: ['tutao/tutanota#1068', 'praekelt and many: messages during a reconnect are lost'],
    breaks: ['L1', 'L2', 'S1', 'C1', 'S5', 'S9'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: 'phase.feed.beginAfter(decision.after)',
        replace: 'phase.feed.beginAfter(document.head)',
      },
    ],
  },
  {
    name: 'a-restored-backup-is-not-noticed',
    story: 'A cursor is believed by its number: after a backup was put back it may stand for other entries.',
    seenIn: [
      'relay restored from a backup, same epoch, experiment: 55 of 300 runs diverged',
      'automerge/automerge-classic#364',
    ],
    breaks: ['R3', 'S1', 'S2', 'L2', 'L1', 'C1', 'S4', 'S5'],
    patches: [
      {
        file: 'log/src/judge.ts',
        find: 'if (log !== null && log.check === cursor.check)',
        replace: 'if (log !== null && cursor.seq <= log.head)',
      },
    ],
  },
  {
    name: 'an-ack-ahead-of-the-cursor',
    story:
      'A push is acknowledged to an author who has not read so far: its cursor proves nothing if the log loses it.',
    seenIn: ['found here: relay, "no ack is ahead of what its author has been sent"'],
    breaks: ['R3', 'S1', 'S2', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/feed.ts',
        find: "if (inOrder || this.#phase.kind === 'idle' || this.#hasSent(owed.seq)) return this.#pay(owed)",
        replace: 'return this.#pay(owed)',
      },
    ],
  },
  {
    name: 'only-the-author-may-give-back',
    story:
      'After a loss a client may give back only what it wrote itself: the edits of all who are away are refused.',
    seenIn: ['restored backup, ownership of client ids, experiment'],
    breaks: ['S11', 'S1', 'S2', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: `return lossProven ? 'recovery' : 'unproven'`,
        replace: `return lossProven ? 'unproven' : 'unproven'`,
      },
    ],
  },
  {
    name: 'once-behind-a-gap-always-behind-a-gap',
    story: 'After a gap pushes are left out until all was given; it is forgotten that it was.',
    seenIn: ['automerge/automerge-repo#206', 'yjs/yjs#541: stuck although everything was received'],
    breaks: ['L2', 'L1'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: '    this.#afterGap = false\n    this.#resyncs.forget()',
        replace: '    this.#resyncs.forget()',
      },
    ],
  },
  {
    name: 'whom-compaction-overtakes-is-forgotten',
    story: 'A reader whose next entries were compacted away stops, and is not given the snapshot.',
    seenIn: [
      'compaction answered with the tail only, experiment: 167 of 300 runs diverged',
      'OISF and others: XTRIM under a reader',
    ],
    breaks: ['L1', 'L2'],
    patches: [
      {
        file: 'relay/src/reader.ts',
        find: `      this.stop()
      this.#deps.onGone()`,
        replace: '      this.stop()',
      },
    ],
  },
  {
    name: 'compacted-away-is-answered-with-the-tail',
    story: 'A cursor below what the log still holds is answered with what is there.',
    seenIn: ['compaction answered with the tail only, experiment: 167 of 300 runs diverged'],
    breaks: ['L1', 'L2', 'S1', 'S9', 'exception'],
    patches: [
      {
        file: 'relay/src/resume.ts',
        find: "if (cursor.seq >= log.floor) return { kind: 'tail', after: cursor.seq }",
        replace: "if (log) return { kind: 'tail', after: Math.max(cursor.seq, log.floor) }",
      },
    ],
  },
  {
    name: 'a-snapshot-without-the-last-entry',
    story: 'A snapshot is made of the entries before its seq, and stands for one more.',
    seenIn: ['automerge/automerge-repo-rs#52', 'automerge/automerge-repo#132'],
    breaks: ['S1', 'S10', 'L2', 'L1', 'S2', 'R2'],
    patches: [
      {
        file: 'relay/src/replay-work.ts',
        find: 'return { snapshot, entries: await this.#entries(document, after, through) }',
        replace: 'return { snapshot, entries: await this.#entries(document, after, through - 1) }',
      },
    ],
  },
  {
    name: 'cut-off-before-the-snapshot-is-there',
    story: 'The entries are deleted first, then the snapshot that stands for them is written.',
    seenIn: ['uwplse/verdi#39', 'automerge/automerge-repo-rs#31'],
    breaks: ['S2', 'S10', 'L2', 'L1', 'S14', 'R2', 'S1'],
    patches: [
      {
        file: 'relay/src/compaction.ts',
        find: '  await log.writeSnapshot(document, lineage,',
        replace: '  await log.trim(document, lineage, seq)\n  await log.writeSnapshot(document, lineage,',
      },
      {
        file: 'log/src/log-writes.ts',
        find: 'const through = Math.min(wanted, previous)',
        replace: 'const through = Math.max(wanted, previous)',
      },
    ],
  },
  {
    name: 'marked-clean-after-flushing',
    story: 'The mark that something is to be sent is cleared after sending, and with it what came meanwhile.',
    seenIn: ['automerge/automerge-repo#477', 'a dirty flag cleared too late, in every debounce'],
    breaks: ['L1', 'L2', 'PRE2', 'PRE1'],
    patches: [
      {
        file: 'relay/src/turn.ts',
        find: `    flushable.due = false
    flushable.flush()`,
        replace: `    flushable.flush()
    flushable.due = false`,
      },
    ],
  },
  {
    name: 'a-full-socket-is-never-looked-at-again',
    story: 'Sending stops when a socket is full, and nothing starts it again when it has drained.',
    seenIn: ['websockets/ws: bufferedAmount without drain'],
    breaks: ['L1', 'L2', 'L3', 'PRE2'],
    patches: [
      {
        file: 'relay/src/outgoing.ts',
        find: '    if (!this.#ended && this.hasRoom) this.#deps.onRoom()\n',
        replace: '',
      },
    ],
  },
  {
    name: 'two-histories-are-merged',
    story: 'A replica of another history of the document is welcome: what it holds is merged.',
    seenIn: ['jupyter-ai-contrib/jupyter-server-documents#257', 'nextcloud/text#4943'],
    breaks: ['LIN2', 'S12', 'S1', 'L2', 'L1', 'R2', 'C1', 'S4'],
    patches: [
      {
        file: 'relay/src/resume.ts',
        find: "if (cursor.lineage !== log.lineage) return { kind: 'other-lineage' }",
        replace: "if (cursor.lineage !== log.lineage) return { kind: 'snapshot' }",
      },
      {
        file: 'client/src/session.ts',
        find: 'if ((replica.position.lineage ?? lineage) !== lineage) {',
        replace: 'if (lineage === null) {',
      },
    ],
  },
]
