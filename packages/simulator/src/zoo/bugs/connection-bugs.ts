import type { Bug } from '../bug.ts'

/** How a client loses touch, or listens to the wrong voice. */
export const connectionBugs: readonly Bug[] = [
  {
    name: 'nobody-dials-again',
    story:
      'A connection that was lost waits for the network to come back, or for somebody to look at the page.',
    seenIn: ['automerge/automerge-repo#206', 'tldraw/tldraw#10092: ReconnectManager stalled'],
    breaks: ['L2', 'L1', 'PRE2'],
    patches: [
      {
        file: 'client/src/connection.ts',
        find: 'cancel: clock.after(delayMs, dial) })',
        replace: 'cancel: clock.after(delayMs, () => {}) })',
      },
    ],
  },
  {
    name: 'only-doubt-pings',
    story:
      'A connection is asked whether it lives when the page wakes or the network changes, and at no other time.',
    seenIn: ['yjs/y-websocket: messageReconnectTimeout was added for this'],
    breaks: ['L2', 'L1', 'PRE2'],
    patches: [
      {
        file: 'client/src/heartbeat.ts',
        find: '  every(pingMs)\n',
        replace: '',
      },
      {
        file: 'client/src/heartbeat.ts',
        find: 'limit: (idleMsMax) => every(Math.min(pingMs, idleMsMax / 3)),',
        replace: 'limit: (idleMsMax) => void (idleMsMax < 0 && every(pingMs)),',
      },
    ],
  },
  {
    name: 'a-ping-puts-off-the-deadline',
    story: 'Each ping is given its time to be answered: where they are frequent no time is ever over.',
    seenIn: ['found here: client, "a ping that follows soon does not put off the deadline"'],
    breaks: ['L2', 'L1', 'PRE2'],
    patches: [
      {
        file: 'client/src/heartbeat.ts',
        find: 'if (cancelDeadline === null) expect(pongMsMax)',
        replace: 'if (doubted === null) expect(pongMsMax)',
      },
    ],
  },
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
  {
    name: 'saved-is-said-only-while-connected',
    story: 'Without a connection nobody can vouch for anything: what had been saved is on this device again.',
    seenIn: ['yjs/y-websocket: synced falls back to false with every connection that is lost'],
    breaks: ['S6'],
    patches: [
      {
        file: 'client/src/status.ts',
        find: "  if (facts.unsaved === 0 && facts.isLoaded) return 'saved'",
        replace: "  if (facts.unsaved === 0 && facts.isLoaded && connection === 'live') return 'saved'",
      },
    ],
  },
]
