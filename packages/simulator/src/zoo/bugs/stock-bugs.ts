import type { Bug } from '../bug.ts'

/** How stock clients are told too little, and how they, or slow readers, take something from the others. */
export const stockBugs: readonly Bug[] = [
  {
    name: 'a-document-that-loads-is-empty',
    story: 'A stock client is answered at once, with nothing, and what there is comes as updates after that.',
    seenIn: ['yjs/y-websocket#81', 'codepod-io/codepod#445'],
    breaks: ['YWS2', 'S1', 'L2'],
    patches: [
      {
        file: 'relay/src/y-websocket-connection.ts',
        find: '    this.#sendDifference(document, stateVector, (seq) => {\n      reader.start(seq)\n      this.#pump()\n    })',
        replace:
          '    this.#outgoing.addAnswer(encodeStep2(Uint8Array.of(0, 0)))\n    reader.start(0)\n    this.#pump()',
      },
    ],
  },
  {
    name: 'a-repetition-brings-back-who-left',
    story:
      'A stock client repeats what it hears of others. When the word that somebody left crosses with that, they are back, and belong to the one who repeated them.',
    seenIn: [
      'yjs/yjs#732: each client sends on what it receives',
      'found here: simulator, "a repetition that crosses"',
    ],
    breaks: ['PRE2', 'PRE1', 'L2', 'YWS4'],
    patches: [
      {
        file: 'relay/src/y-websocket-presence.ts',
        find: '    for (const { id, clock } of news) this.#sent(id, clock)\n',
        replace:
          '    for (const { id, clock, state } of news) {\n      if (state.length > 0) this.#sent(id, clock)\n      else this.#sentClocks.delete(id)\n    }\n',
      },
    ],
  },
  {
    name: 'who-may-write-again-is-not-asked',
    story:
      'A stock client that could only read for a while has edits that were refused: they wait for the next reload.',
    seenIn: ['outline/outline#6455', 'found here: simulator, "a stock client that may write again"'],
    breaks: ['L2', 'L1', 'S1'],
    patches: [
      {
        file: 'relay/src/y-websocket-connection.ts',
        find: "if (this.#phase.kind === 'open' && access === 'write') this.#askForAll(",
        replace: "if (this.#phase.kind === 'open' && access !== 'write') this.#askForAll(",
      },
    ],
  },
  {
    name: 'a-doubted-session-still-writes',
    story:
      'The owner says that access has changed; until the answer to the question that follows, edits are taken as before.',
    seenIn: ['onyx-dot-app/agent-wiki#556', 'found here: relay, "a session in doubt"'],
    breaks: ['S8', 'S4'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: 'return this.#permit.isInDoubt ? this.#hold(message) : this.#receivedOpen(phase, message)',
        replace: 'return this.#receivedOpen(phase, message)',
      },
      {
        file: 'relay/src/y-websocket-connection.ts',
        find: 'return this.#permit.isInDoubt ? this.#hold(frame) : this.#receivedFrame(phase, frame)',
        replace: 'return this.#receivedFrame(phase, frame)',
      },
    ],
  },
  {
    name: 'everybody-waits-for-the-slowest',
    story: 'What leaves in a turn leaves when all sockets have room, one after the other.',
    seenIn: ['Iamkewl/Attendence-V3#38', 'auntiepickle/totalmix-osc-bridge#32'],
    breaks: ['L3', 'L1', 'L2', 'PRE2'],
    patches: [
      {
        file: 'relay/src/turn.ts',
        find: '    const connections = this.#connections\n    this.#connections = []\n',
        replace:
          '    const connections = this.#connections\n    if (connections.some((each) => (each as Flushable & { isFull?: boolean }).isFull)) {\n      this.#clock.after(20, () => this.#schedule())\n      return\n    }\n    this.#connections = []\n',
      },
    ],
  },
  {
    name: 'live-before-caught-up',
    story: 'A replica that was let in counts as live while what it missed is still on its way.',
    seenIn: ['yjs/y-websocket#81', 'ueberdosis/hocuspocus#132: synced before the updates are applied'],
    breaks: ['S5', 'S1', 'L1', 'L2', 'S6'],
    patches: [
      {
        file: 'client/src/session.ts',
        find: "return { kind: reading.isLive ? 'live' : 'catching-up', access: pushing.access }",
        replace: "return { kind: reading ? 'live' : 'catching-up', access: pushing.access }",
      },
    ],
  },
]
