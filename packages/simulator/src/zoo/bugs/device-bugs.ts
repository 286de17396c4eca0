import type { Bug } from '../bug.ts'

/** How a device loses what it was to keep. */
export const deviceBugs: readonly Bug[] = [
  {
    name: 'an-edit-during-a-write-is-lost',
    story: 'What is to be stored is cleared when the write is done, and with it what came meanwhile.',
    seenIn: [
      'automerge/automerge-repo#477',
      'ueberdosis/hocuspocus: a dirty flag cleared after onStoreDocument',
    ],
    breaks: ['S6', 'S3', 'C1', 'L2'],
    patches: [
      {
        file: 'client/src/store-writer.ts',
        find: '    pending = nothing()\n    replacements = replacements.slice(1)',
        replace: '    replacements = replacements.slice(1)',
      },
      {
        file: 'client/src/store-writer.ts',
        find: '    answered()\n    if (change.kind',
        replace: '    answered()\n    pending = nothing()\n    if (change.kind',
      },
    ],
  },
  {
    name: 'a-failed-write-counts-as-written',
    story: 'Errors of the storage are caught and forgotten.',
    seenIn: ['yjs/y-indexeddb#13', 'rocicorp/replicache#973'],
    breaks: ['S6', 'S3', 'C1'],
    patches: [
      {
        file: 'client/src/store-writer.ts',
        find: `      (cause: unknown) => {
        failed(batch, replacing, before.epoch, cause)
      },`,
        replace: `      () => {
        succeeded(change, { outcome: 'written', keys: [] }, before.keys)
      },`,
      },
    ],
  },
  {
    name: 'the-cursor-is-stored-first',
    story: 'Cursor and data are stored in two transactions, the cursor first.',
    seenIn: [
      'cursor persisted before data, experiment: 221 of 300 runs diverged',
      'GothenburgBitFactory/taskchampion#685',
    ],
    breaks: ['C1'],
    patches: [
      {
        file: 'client/src/store-writer.ts',
        find: 'resolve(store.write(document, change))',
        replace: `resolve(
        change.kind === 'append' && change.move
          ? store
              .write(document, { ...change, updates: [], edits: [], acked: [] })
              .then(() => store.write(document, { ...change, move: null }))
          : store.write(document, change),
      )`,
      },
    ],
  },
  {
    name: 'the-outbox-is-emptied-first',
    story: 'An acknowledged edit leaves the outbox in one transaction and joins the data in the next.',
    seenIn: ['outbox in another transaction than the data, experiment: 22 of 300 runs diverged'],
    breaks: ['C1', 'S3', 'L2', 'S12'],
    patches: [
      {
        file: 'client/src/store-writer.ts',
        find: 'resolve(store.write(document, change))',
        replace: `resolve(
        change.kind === 'append' && change.acked.length > 0
          ? store
              .write(document, { ...change, updates: [], edits: [], move: null })
              .then(() => store.write(document, { ...change, acked: [] }))
          : store.write(document, change),
      )`,
      },
    ],
  },
  {
    name: 'the-cursor-moves-on-after-a-failed-write',
    story:
      'A write fails; the next one stores its own data and a cursor that stands for both, and nothing compares.',
    seenIn: ['failed transaction, cursor advances later, experiment: 248 of 300 stores wrong'],
    breaks: ['C1'],
    patches: [
      {
        file: 'client/src/store-writer.ts',
        find: `    if (replacing) replacements = [replacing, ...replacements]
    wholeDue = true
`,
        replace: `    if (replacing) replacements = [replacing, ...replacements]
`,
      },
      {
        file: 'client/src/store/change.ts',
        find: "return stored.seq === after.seq && stored.check === after.check ? 'move' : 'gap'",
        replace: "return 'move'",
      },
    ],
  },
  {
    name: 'a-closing-document-does-not-wait',
    story: 'Closing ends the document without storing what was typed last.',
    seenIn: ['tldraw/tldraw#10092', 'ueberdosis/hocuspocus#738'],
    breaks: ['S3', 'S6', 'L2'],
    patches: [{ file: 'client/src/document.ts', find: '    await writer.flush()\n', replace: '' }],
  },
  {
    name: 'opened-before-it-is-closed',
    story:
      'A document that is opened again at once reads the device before the one that is being closed has written.',
    seenIn: [
      'ueberdosis/hocuspocus#893',
      'yjs/y-indexeddb#13',
      'found here: client, "opened for the third time"',
    ],
    breaks: ['S3', 'S6', 'L2', 'S1', 'C1'],
    patches: [
      {
        file: 'client/src/client.ts',
        find: 'const after = closing.get(id) ?? null',
        replace: 'const after = null',
      },
    ],
  },
  {
    name: 'who-takes-over-from-a-dead-page',
    story:
      'Edits that a page left on the device wait until the document is opened there again: living pages do not look.',
    seenIn: ['rocicorp/replicache#802: mutation recovery', 'found here: client, edits of a closing page'],
    breaks: ['L8', 'L2', 'S12'],
    patches: [{ file: 'client/src/document.ts', find: '        watch.start()\n', replace: '' }],
  },
  {
    name: 'a-dead-document-stays-dead',
    story: 'A listener of the app throws, Yjs stops telling of edits, and nobody notices.',
    seenIn: ['yjs/yjs#799', 'yjs/yjs#723'],
    breaks: ['S6', 'L2', 'S1', 'S3', 'L1', 'S2'],
    patches: [
      {
        file: 'client/src/watched-doc.ts',
        find: 'if (!isDead(doc)) return true',
        replace: 'if (!isOver) return true',
      },
    ],
  },
  {
    name: 'unsent-edits-go-with-their-history',
    story: 'A replica that meets another history is replaced, and what it had not sent is not kept anywhere.',
    seenIn: ['two lineages, experiment', 'jupyter-ai-contrib/jupyter-server-documents#257'],
    breaks: ['S12'],
    patches: [
      {
        file: 'client/src/document.ts',
        find: 'writer.replaced({ rebuilt: !isOther, aside }, isDropped',
        replace: 'writer.replaced({ rebuilt: !isOther, aside: null }, isDropped',
      },
    ],
  },
]
