import type { Bug } from '../bug.ts'

/** Bugs that simulations found here, their fixes taken back: the seeds that found them mean something else by now. */
export const foundBugs: readonly Bug[] = [
  {
    name: 'refused-while-read-only-stays-unsent',
    story: 'A stock client that may write again is not asked for what was refused while it might not.',
    seenIn: ['found here: relay, "a stock client that may write again is asked"'],
    breaks: ['L2', 'L1', 'YWS3'],
    patches: [
      {
        file: 'relay/src/y-websocket-connection.ts',
        find: "if (this.#phase.kind === 'open' && access === 'write') this.#askForAll(this.#phase.document)",
        replace:
          "if (this.#phase.kind === 'open' && access === 'read') this.#askForAll(this.#phase.document)",
      },
    ],
  },
  {
    name: 'who-keeps-still-is-forgotten',
    story: 'A stock client drops who was quiet for 30 s, and takes them in again only with a newer clock.',
    seenIn: ['found here: relay, "stock clients are told of quiet participants"'],
    breaks: ['PRE2', 'YWS4'],
    patches: [
      {
        file: 'relay/src/presence.ts',
        find: 'if (participant) this.#participants.set(id, { ...participant, clock: this.#nextClock() })',
        replace: 'if (participant) this.#participants.set(id, participant)',
      },
    ],
  },
]
