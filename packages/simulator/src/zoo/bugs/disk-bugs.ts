import type { Bug } from '../bug.ts'

/** How a disk that fails becomes a document that is wrong. */
export const diskBugs: readonly Bug[] = [
  {
    name: 'what-rotted-is-served',
    story: 'Checksums are written, and not looked at when an entry is read.',
    seenIn: ['google/leveldb#251', 'bytes decoded without a checksum, in every store of Yjs updates'],
    breaks: ['S4', 'S14', 'S1', 'S9', 'S10', 'L2', 'L1', 'exception'],
    patches: [
      {
        file: 'log/src/rows.ts',
        find: '  if (row.crc !== entryCrc(document, seq, timeMs, mark, author, update)) return null\n',
        replace: '',
      },
      {
        file: 'log/src/page.ts',
        find: '    if (heads[at + 1] !== entryCrc(document, seq, heads[at + 2]!, mark, noBytes, content)) return seq\n',
        replace: '',
      },
    ],
  },
  {
    name: 'entries-are-never-cut-off',
    story:
      'Snapshots are made, and what they stand for is kept as well: nobody dares to be the one who deletes.',
    seenIn: [
      'yjs/y-leveldb: updates that are never flushed',
      'a log that only grows, in every store of updates',
    ],
    breaks: ['L6'],
    patches: [
      {
        file: 'log/src/log-writes.ts',
        find: "    if (through <= floor) return { kind: 'trimmed', floor, through: floor }",
        replace: "    if (through >= 0) return { kind: 'trimmed', floor, through: floor }",
      },
    ],
  },
  {
    name: 'a-halt-is-told-to-nobody',
    story: 'A damaged document is not served any more, and its owner hears nothing of it.',
    seenIn: ['hedgedoc/hedgedoc#6608: loss of content without any warnings'],
    breaks: ['S14'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: "    onEvent({ type: 'document-halted', document: this.id, message })\n",
        replace: '',
      },
    ],
  },
  {
    name: 'one-damaged-document-stops-all',
    story:
      'Whatever the log cannot do is taken for the end of the disk: the relay stops for one damaged document.',
    seenIn: ['attic-labs/noms#993', 'an unhandled rejection in a load hook ends the server'],
    breaks: ['L4', 'S14', 'S7', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: `    if (code === 'log/failed') return onFailed(failure)
    if (this.#phase.kind === 'halted'`,
        replace: `    if (code === 'log/failed' || code === 'log/corrupt') return onFailed(failure)
    if (this.#phase.kind === 'halted'`,
      },
    ],
  },
  {
    name: 'a-failed-fsync-is-tried-again',
    story:
      'After an fsync that failed the relay goes on and tries again: what the kernel dropped counts as written.',
    seenIn: ['PostgreSQL and fsync, 2018', 'google/leveldb#1081'],
    breaks: ['S14', 'S2', 'S6', 'L2', 'L1', 'S9'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: `    if (code === 'log/failed') return onFailed(failure)
    if (this.#phase.kind === 'halted'`,
        replace: `    if (code === 'log/failed') return this.#giveUp(endedBy(failure, refusedRetryMs))
    void onFailed
    if (this.#phase.kind === 'halted'`,
      },
    ],
  },
  {
    name: 'a-failed-compaction-is-the-last',
    story: 'The mark that a compaction runs is not taken back when it fails: nothing is compacted any more.',
    seenIn: ['automerge/automerge-repo#672'],
    breaks: ['L6'],
    patches: [
      {
        file: 'relay/src/compaction.ts',
        find: `    sometimes('a compaction fails')
    this.#running = null
`,
        replace: `    sometimes('a compaction fails')
`,
      },
    ],
  },
  {
    name: 'a-column-without-a-checksum',
    story:
      'The checksum of a row covers what one thinks of as its content: a flipped bit in the check beside it is believed.',
    seenIn: ['sqlite: a page has no checksum unless the checksum VFS is used'],
    breaks: ['S14'],
    patches: [
      {
        file: 'log/src/rows.ts',
        find: `  place.set(mark.subarray(0, 16), 24)
`,
        replace: `  void mark
`,
      },
    ],
  },
]
