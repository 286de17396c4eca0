import type { Bug } from '../bug.ts'

/** What goes wrong when updates are judged, cut or merged. */
export const updateBugs: readonly Bug[] = [
  {
    name: 'a-deletion-adds-nothing',
    story: 'An update without new structs counts as known, and is acknowledged: deletions get lost.',
    seenIn: [
      'upload by state vector, experiment: 29 of 300 runs lost deletions',
      'yjs: a state vector does not cover deletions',
    ],
    breaks: ['S6', 'S2', 'S1', 'L1', 'L2'],
    patches: [
      {
        file: 'updates/src/inspect.ts',
        find: 'if (adds.length === 0 && this.#newDeletes.length === 0) return duplicate',
        replace: 'if (adds.length === 0) return duplicate',
      },
    ],
  },
  {
    name: 'a-gap-is-stored',
    story:
      'An update is appended though it refers to what the log does not have: every reader keeps it pending.',
    seenIn: ['yjs/yjs#541', 'y-crdt/y-crdt#632', 'yjs/yjs#550'],
    breaks: ['R2', 'L2', 'S1'],
    patches: [
      {
        file: 'updates/src/inspect.ts',
        find: 'if (missing !== null) this.#lacks(missing.client, this.#knownClock(missing.client), missing.clock)\n    else if',
        replace: 'if (missing === null)\n    if',
      },
    ],
  },
  {
    name: 'a-deletion-of-what-is-not-there',
    story: 'Deletions of what has not come yet are accepted: when it comes it vanishes, or waits for ever.',
    seenIn: ['yjs/yjs#461', 'yjs/yjs#591'],
    breaks: ['R2', 'L2', 'S1', 'exception'],
    patches: [
      {
        file: 'updates/src/inspect.ts',
        find: 'if (section === undefined || end > section.clock + section.length) this.#lacks(client, known, end - 1)',
        replace: 'void section',
      },
    ],
  },
  {
    name: 'a-cut-update-loses-its-deletions',
    story: 'An update that repeats something is cut to what is new, and its deletions are cut with it.',
    seenIn: ['yjs/yjs: diffUpdate and the delete set', 'yjs/y-redis: diff fanned out in place of the update'],
    breaks: ['S6', 'S2', 'S1', 'L1', 'L2'],
    patches: [
      {
        file: 'updates/src/trim.ts',
        find: 'else writeDeletes(encoder, newDeletes)',
        replace: "else writeDeletes(encoder, overlap === 'none' ? newDeletes : [])",
      },
    ],
  },
]
