import { Editor, getHTMLFromFragment, getSchema } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import { StarterKit } from '@tiptap/starter-kit'
import { yXmlFragmentToProseMirrorRootNode } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import { applyUpdate, Doc } from 'yjs'
import { element } from './dom.ts'
import { type Person, parsePerson } from './person.ts'

export interface RichTextOptions {
  readonly mount: HTMLElement
  readonly doc: Doc
  readonly awareness: Awareness
  readonly person: Person
  readonly label: string
}

const textKit = StarterKit.configure({
  // Undo is Yjs's, so that it takes back one's own edits only.
  undoRedo: false,
  // It would write an empty paragraph just because somebody looks, and two replicas would write two.
  trailingNode: false,
  link: { openOnClick: false, protocols: ['mailto'] },
})

/** The text that a Yjs update holds. What the schema does not know is left out. */
export function htmlOf(update: Uint8Array): string {
  const doc = new Doc()
  applyUpdate(doc, update)
  const schema = getSchema([textKit])
  const { content } = yXmlFragmentToProseMirrorRootNode(doc.getXmlFragment('default'), schema)
  return getHTMLFromFragment(content, schema)
}

/** The editor of one `Y.Doc`. When the document gets a new `Y.Doc`, this one is destroyed and another made. */
export function mountRichText({ mount, doc, awareness, person, label }: RichTextOptions): Editor {
  return new Editor({
    element: mount,
    // Its styles are in our sheet: the page's content security policy allows no others.
    injectCSS: false,
    extensions: [
      textKit,
      Collaboration.configure({ document: doc }),
      CollaborationCaret.configure({
        provider: { awareness },
        user: { ...person },
        render: renderCaret,
        selectionRender: renderSelection,
      }),
    ],
    editorProps: {
      attributes: {
        class: 'text',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': label,
        spellcheck: 'false',
      },
    },
  })
}

/** Styles are set as properties: a `style` attribute would be refused by the page's content security policy. */
function renderCaret(user: unknown): HTMLElement {
  const { name, color } = parsePerson(user) ?? { name: 'Somebody', color: '#68707d' }
  const label = element('span', { class: 'caret-name' }, name)
  // Word joiners keep the line from breaking between the caret and the text it stands in.
  const caret = element('span', { class: 'caret', 'data-caret': name }, '⁠', label, '⁠')
  caret.style.setProperty('--person', color)
  return caret
}

function renderSelection(user: unknown): { class: string; style: string } {
  const { color } = parsePerson(user) ?? { color: '#68707d' }
  return { class: 'caret-selection', style: `--person: ${color}` }
}
