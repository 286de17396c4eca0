import type { Bug } from '../bug.ts'

/** How somebody reads or writes who may not, or something reaches those whom it does not concern. */
export const accessBugs: readonly Bug[] = [
  {
    name: 'access-is-asked-for-once',
    story: 'Who may do what is asked when a session opens, and holds as long as the connection does.',
    seenIn: ['jupyterlab/jupyter-collaboration#434', 'baserow/baserow#1461', 'mattermost/mattermost#7981'],
    breaks: ['S8', 'S7', 'S4'],
    patches: [
      {
        file: 'relay/src/permit.ts',
        find: '    this.#renewAfter(2 / (1 + this.#deps.random() / 2))\n',
        replace: '',
      },
      {
        file: 'relay/src/permit.ts',
        find: '    this.#expireAfter(holdsMs)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'an-old-answer-about-access-counts',
    story:
      'Access is asked about again while the first question is out: the later answer to the earlier question wins.',
    seenIn: ['found here: relay, "a decision about access that was under way"'],
    breaks: ['S8', 'S7', 'S4'],
    patches: [
      {
        file: 'relay/src/permit.ts',
        find: 'if (asked === this.#asked && !this.#isOver) this.#decided(decision)',
        replace: 'if (asked > 0 && !this.#isOver) this.#decided(decision)',
      },
    ],
  },
  {
    name: 'read-only-is-for-the-editor-to-respect',
    story: 'A session that may only read is told so, and what it pushes is taken all the same.',
    seenIn: ['ueberdosis/hocuspocus#613', 'simstudioai/sim#5051'],
    breaks: ['S8', 'S4'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: 'if (!this.#permit.mayWrite) return this.#refuse(phase, batch, readOnly)',
        replace: 'if (this.#permit.grant === null) return this.#refuse(phase, batch, readOnly)',
      },
    ],
  },
  {
    name: 'a-channel-is-used-again',
    story:
      'A document gets the number of one that left memory: who still listens to that number hears the wrong document.',
    seenIn: ['tldraw/tldraw#1576', 'a file descriptor used again, in every server once'],
    breaks: ['S7', 'S1', 'L1', 'L2', 'PRE1', 'PRE2', 'C1', 'exception'],
    patches: [
      {
        file: 'relay/src/registry.ts',
        find: 'channel: ++this.#lastChannel',
        replace: 'channel: this.#documents.size + 1',
      },
      {
        file: 'relay/src/registry.ts',
        find: '  #lastChannel = 0\n',
        replace: '',
      },
    ],
  },
]
