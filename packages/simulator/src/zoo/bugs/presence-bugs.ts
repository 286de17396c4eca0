import type { Bug } from '../bug.ts'

/** How participants become invisible, or stay as ghosts. */
export const presenceBugs: readonly Bug[] = [
  {
    name: 'presence-is-not-sent-again',
    story: 'After a reconnect the others are not told again who is there.',
    seenIn: ['tldraw/tldraw#7756', 'y-protocols: a state is announced once and then only renewed'],
    breaks: ['PRE2', 'PRE1', 'L1'],
    patches: [
      {
        file: 'client/src/presence.ts',
        find: '    opened() {\n      told = null\n',
        replace: '    opened() {\n',
      },
      {
        file: 'client/src/presence.ts',
        find: '    ended() {\n      told = null\n',
        replace: '    ended() {\n',
      },
    ],
  },
  {
    name: 'who-left-while-one-was-away-stays',
    story:
      'A client that loses its connection keeps the participants that it saw; nobody tells it later who has left.',
    seenIn: ['toeverything/blocksuite#3677'],
    breaks: ['PRE2', 'PRE1', 'PRE3', 'L1'],
    patches: [
      {
        file: 'client/src/presence.ts',
        find: '      if (participants.size > 0) show(new Map())\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a-dead-connection-leaves-a-ghost',
    story: 'A connection that ends does not take its presence along.',
    seenIn: ['jamsocket/y-sweet#85', 'Kushaal-k/Tessera#116'],
    breaks: ['PRE2', 'PRE1', 'PRE3', 'L1'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: 'if (this.#attached.delete(session)) this.presence.removeAllOf(session)',
        replace: 'this.#attached.delete(session)',
      },
    ],
  },
  {
    name: 'a-late-close-takes-the-successor-along',
    story:
      'The presence of a participant that has come back is removed when its old connection is found dead.',
    seenIn: ['tldraw/tldraw#10093'],
    breaks: ['PRE2', 'PRE1', 'PRE3', 'L1'],
    patches: [
      {
        file: 'relay/src/presence.ts',
        find: `    for (const [id, participant] of this.#participants) {
      if (participant.owner === owner) this.remove(owner, id)
    }`,
        replace: `    for (const [id, participant] of this.#participants) {
      if (participant.owner === owner || this.#announced.get(owner)?.has(id)) {
        this.#participants.delete(id)
        this.#changed.add(id)
      }
    }`,
      },
      {
        file: 'relay/src/presence.ts',
        find: '  #lastClock = 0\n',
        replace: '  #lastClock = 0\n  readonly #announced = new Map<O, Set<number>>()\n',
      },
      {
        file: 'relay/src/presence.ts',
        find: '    this.#participants.set(id, { owner, clock: this.#nextClock(), state })\n',
        replace: `    this.#participants.set(id, { owner, clock: this.#nextClock(), state })
    this.#announced.set(owner, (this.#announced.get(owner) ?? new Set()).add(id))
`,
      },
    ],
  },
  {
    name: 'presence-that-did-not-fit-is-dropped',
    story: 'To a reader that is full presence is not sent, and not later either.',
    seenIn: ['y-websocket: awareness is sent without looking at what a socket still holds'],
    breaks: ['PRE2', 'PRE1', 'PRE3', 'L1'],
    patches: [
      {
        file: 'relay/src/presence-feed.ts',
        find: '    for (const { id } of change.states) this.#stale.add(id)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'presence-that-waited-leaves-at-once',
    story:
      'What was held back for a full reader leaves when its socket drains, and what changes in that turn right behind it.',
    seenIn: ['found here: simulator, "a reader that drains in the turn in which somebody moves"'],
    breaks: ['PRE3'],
    patches: [
      {
        file: 'relay/src/presence-feed.ts',
        find: 'if (this.#isBehind && this.#canSend) presence.tellLater(reader)',
        replace: `if (!this.#isBehind || !this.#canSend) return
    if (this.#isNew) presence.tellLater(reader)
    else this.due()`,
      },
    ],
  },
  {
    name: 'who-comes-is-told-at-once',
    story:
      'Somebody who comes is told at once who is there, and of whoever moves in that turn right behind it.',
    seenIn: ['found here: simulator, "a newcomer is told once of whoever moves in the same turn"'],
    breaks: ['PRE3'],
    patches: [
      {
        file: 'relay/src/presence-feed.ts',
        find: '    this.#isNew = true\n    this.catchUp()\n',
        replace: '    this.#isNew = true\n    this.due()\n',
      },
    ],
  },
]
