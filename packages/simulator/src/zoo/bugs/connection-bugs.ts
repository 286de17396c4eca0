import type { Bug } from '../bug.ts'

/** How a client loses touch, or listens to the wrong voice. */
export const connectionBugs: readonly Bug[] = [
  {
    name: 'silence-is-not-noticed',
    story: 'A connection that is dead without saying so is kept: nothing waits for the answer to a ping.',
    seenIn: ['automerge/automerge-repo#206', 'yjs/y-websocket: messageReconnectTimeout was added for this'],
    breaks: ['L2', 'L1', 'PRE2'],
    patches: [
      {
        file: 'client/src/heartbeat.ts',
        find: '    cancelDeadline = clock.after(withinMs, silent)\n',
        replace: '    void withinMs\n    void silent\n',
      },
    ],
  },
  {
    name: 'a-zombie-socket-still-speaks',
    story: 'Callbacks of a socket that was given up are taken for those of its successor.',
    seenIn: ['tldraw/tldraw#10093', 'glowing-bear/glowing-bear#1309'],
    breaks: ['S1', 'S5', 'S6', 'L1', 'L2', 'C1', 'PRE2', 'S2', 'S9'],
    patches: [
      {
        file: 'client/src/connection.ts',
        find: "if (phase.kind !== 'open' || phase.transport !== transport) {",
        replace: "if (phase.kind !== 'open') {",
      },
      {
        file: 'client/src/connection.ts',
        find: "if ((phase.kind === 'connecting' || phase.kind === 'open') && phase.transport === transport) lost()",
        replace: "if (phase.kind === 'connecting' || phase.kind === 'open') lost()",
      },
    ],
  },
  {
    name: 'a-failed-dial-is-the-last',
    story: 'When the relay refuses the connection nobody dials again before something else happens.',
    seenIn: ['tldraw/tldraw#10092: ReconnectManager stalled', 'tldraw/tldraw#3673'],
    breaks: ['L2', 'L1', 'PRE2'],
    patches: [
      {
        file: 'client/src/connection.ts',
        find: '    wait(delayMs + backoff.failed())\n',
        replace:
          "    if (phase.kind === 'open') wait(delayMs + backoff.failed())\n    else enter({ kind: 'idle' })\n",
      },
    ],
  },
  {
    name: 'a-snapshot-is-not-waited-for',
    story: 'While a snapshot is being expanded the messages behind it are handled already.',
    seenIn: ['ueberdosis/hocuspocus#821', 'tldraw/tldraw#10098'],
    breaks: ['S1', 'L1', 'L2', 'S5', 'C1'],
    patches: [{ file: 'client/src/reading.ts', find: '    waiting = []\n', replace: '' }],
  },
]
