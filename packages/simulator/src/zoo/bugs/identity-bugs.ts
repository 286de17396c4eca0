import type { Bug } from '../bug.ts'

/** How somebody writes in another's name, or makes others carry more than they can. */
export const identityBugs: readonly Bug[] = [
  {
    name: 'anybody-extends-any-client',
    story:
      'Nobody looks whose client id an update goes on from: who claims the next clocks makes all later edits of their owner vanish.',
    seenIn: ['claiming the future clocks of a victim, experiment', 'sillsdev/harmony#79'],
    breaks: ['S11', 'S4', 'S2', 'S6', 'L2', 'S1'],
    patches: [
      {
        file: 'relay/src/admission.ts',
        find: "return author.way === 'recovery' ? null : foreignClient(owners, adds, author.principal)",
        replace: "return author.principal === '' ? foreignClient(owners, adds, author.principal) : null",
      },
    ],
  },
  {
    name: 'stored-as-it-came',
    story:
      'An update that says known clocks otherwise is stored whole: who reads the log in another order sees another document.',
    seenIn: [
      'equal clocks with other content, experiment: 228 of 228 not seen by state vectors',
      'sillsdev/harmony#79',
    ],
    breaks: ['S11', 'S1', 'S4', 'S10', 'L2', 'L1'],
    patches: [
      {
        file: 'relay/src/admission.ts',
        find: '  const trimmed = trim(update, inspection)\n',
        replace: '  const trimmed = inspection.overlap === "some" ? update : trim(update, inspection)\n',
      },
    ],
  },
  {
    name: 'the-future-of-a-replica-is-deleted',
    story:
      'Structs of length 0 are let through: each replica that stores them can never load its document again.',
    seenIn: ['`01010700000000`, experiment: passes every function of Yjs', 'yjs/yjs#687: seven bytes'],
    breaks: ['S1', 'S4', 'L4', 'L2', 'L1', 'S10', 'S14', 'exception'],
    patches: [
      {
        file: 'updates/src/content.ts',
        find: "  if (length === 0) reader.refuse('empty-struct', 'a struct of length 0')\n",
        replace: '  void reader\n',
      },
    ],
  },
  {
    name: 'anybody-is-anybody-present',
    story: 'Presence under the id of another account is taken: everybody can move the carets of everybody.',
    seenIn: ['y-protocols: anyone can overwrite the state of anyone, experiment'],
    breaks: ['PRE1', 'PRE2', 'PRE3', 'S11'],
    patches: [
      {
        file: 'relay/src/document.ts',
        find: 'if (owner.principal !== session.principal) return false',
        replace: 'if (owner.principal === null) return false',
      },
    ],
  },
  {
    name: 'a-window-that-nobody-closes',
    story: 'The window is told to clients, and what they push beyond it is taken.',
    seenIn: ['ueberdosis/hocuspocus: an update of any size at any rate is applied'],
    breaks: ['S13', 'L4', 'L3'],
    patches: [
      {
        file: 'relay/src/session.ts',
        find: 'if (!this.#window.admits(update.length)) return this.end(windowExceeded)',
        replace: 'if (!this.#window.admits(0)) return this.end(windowExceeded)',
      },
    ],
  },
]
