import type { Bug } from '../bug.ts'

/** How own edits get lost, or are called saved, on their way to the relay. */
export const outboxBugs: readonly Bug[] = [
  {
    name: 'sent-is-taken-for-received',
    story: 'After a lost connection what had been sent is not sent again: it counts as under way.',
    seenIn: [
      'automerge/automerge-repo#203',
      'automerge/automerge-repo#368',
      'automerge/automerge-classic#305',
    ],
    breaks: ['L2', 'S6', 'S2'],
    patches: [
      {
        file: 'client/src/outbox.ts',
        find: `    reset() {
      sent = 0
`,
        replace: `    reset() {
`,
      },
    ],
  },
  {
    name: 'any-ack-clears-all',
    story: 'Whatever the relay acknowledges, all that was sent before counts as saved.',
    seenIn: ['ueberdosis/hocuspocus#614', 'ueberdosis/hocuspocus#825'],
    breaks: ['S6', 'S2'],
    patches: [
      {
        file: 'client/src/outbox.ts',
        find: 'while (count < sent && (entries[count] as Entry).batch <= batch) count++',
        replace: 'while (count < sent) count++',
      },
    ],
  },
  {
    name: 'what-an-earlier-page-left-is-shown-but-not-sent',
    story: 'A page that opens shows what an earlier one left unsent, and forgets to send it.',
    seenIn: ['nextcloud/text#1667', 'automerge/automerge-repo#264'],
    breaks: ['L2', 'S6', 'S2', 'S1', 'L1'],
    patches: [{ file: 'client/src/document.ts', find: '      outbox.add(edit, wereHeld)\n', replace: '' }],
  },
  {
    name: 'nothing-to-upload-without-structs',
    story:
      'What a relay lacks is judged by its state vector alone: when that covers all structs, what waits to be sent counts as known to it, deletions too.',
    seenIn: ['upload by state vector, experiment: 29 of 300 runs lost deletions'],
    breaks: ['L2', 'S6', 'S2', 'S1', 'S12'],
    patches: [
      {
        file: 'client/src/pushing.ts',
        find: '    if (recoveryRefused || isEmptyUpdate(update)) return',
        replace:
          '    if (mayPush && update[0] === 0) outbox.clear()\n    if (recoveryRefused || update[0] === 0) return',
      },
    ],
  },
  {
    name: 'only-own-edits-are-given-back',
    story:
      'A relay that lost its tail is given back what this client has not sent yet, and nothing that others wrote.',
    seenIn: [
      'relay restored from a backup, experiment: 55 of 300 runs diverged',
      'yjs/y-redis, worker behind its stream',
    ],
    breaks: ['S1', 'S2', 'L2', 'L1'],
    patches: [
      {
        file: 'client/src/pushing.ts',
        find: 'const update = mayPush ? replica.difference(stateVector) : emptyUpdate',
        replace: 'const update = (mayPush && outbox.all()) || (void stateVector, emptyUpdate)',
      },
    ],
  },
  {
    name: 'a-refusal-is-never-tried-again',
    story: 'After a refusal for now the delay ends, and nothing is sent until the next edit.',
    seenIn: ['tldraw/tldraw#10092', 'ueberdosis/hocuspocus#825'],
    breaks: ['L2', 'L1'],
    patches: [
      {
        file: 'client/src/pushing.ts',
        find: '      } else pump()\n',
        replace: '      }\n',
      },
    ],
  },
  {
    name: 'a-late-resync-is-old-news',
    story: 'A gap behind a batch that was refused for now is taken for old news: both ends wait for ever.',
    seenIn: ['found here: client, "a gap behind a refusal with a delay"'],
    breaks: ['L2', 'L1'],
    patches: [
      {
        file: 'client/src/pushing.ts',
        find: 'if (!outbox.isFlying(batch)) return lateResync()',
        replace: 'if (!outbox.isFlying(batch)) return void lateResync',
      },
    ],
  },
  {
    name: 'an-earlier-refusal-is-old-news',
    story:
      'A batch refused after a later one was refused is taken for old news, and the next ack counts for it.',
    seenIn: ['found here: client, "a refusal counts whatever was refused before"'],
    breaks: ['S6', 'S2', 'L2'],
    patches: [
      {
        file: 'client/src/pushing.ts',
        find: '  let owesResync = false\n',
        replace: '  let owesResync = false\n  let dropped = 0\n',
      },
      {
        file: 'client/src/pushing.ts',
        find: `      if (!outbox.isFlying(batch)) {
`,
        replace: `      if (batch <= dropped) {
`,
      },
      {
        file: 'client/src/pushing.ts',
        find: `      outbox.unsend(batch)
      const error = `,
        replace: `      outbox.unsend(batch)
      dropped = batch
      const error = `,
      },
    ],
  },
]
