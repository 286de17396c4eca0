import type { Random } from '@tidemark/base'
import type { DocumentHandle } from '@tidemark/client'
import { createAwareness } from '@tidemark/client/awareness'
import { element } from './dom.ts'
import { createPeopleView } from './people.ts'
import { colorBeside, type Person, parsePerson } from './person.ts'
import { mountRichText } from './rich-text.ts'
import { createToolbar } from './toolbar.ts'

/** The text of one replica, its toolbar and the people in it. */
export interface TextView {
  readonly element: HTMLElement
  readonly toolbar: HTMLElement
  readonly people: HTMLElement
  /** To be called when the document's status changed: it may have a new `Y.Doc`, or be read only. */
  follow(): void
  /** Changes how the others see whoever sits here. */
  introduce(person: Person): void
  /** What the replica shows, to compare with another's. */
  content(): string
  /** Calls back whenever `content` may have changed. */
  onContent(listener: () => void): void
}

/**
 * An editor is bound to one `Y.Doc`. When the client has to replace the document's, the editor is destroyed and another
 * one made in its place; toolbar and people stay.
 */
export function createTextView(handle: DocumentHandle, introduced: Person, random: Random): TextView {
  const made = element('div', { class: 'sheet-text' })
  const toolbar = createToolbar()
  const people = createPeopleView()
  const listeners: (() => void)[] = []
  let person = introduced
  let hasJoined = false
  let mounted = mount()

  function mount() {
    const { doc, id } = handle
    const awareness = createAwareness(handle)
    const editor = mountRichText({ mount: made, doc, awareness, person, label: `Text of ${id}` })
    editor.on('update', tell)
    toolbar.attach(editor)
    people.attach(awareness)
    return { doc, awareness, editor }
  }

  function tell(): void {
    for (const listener of listeners) listener()
  }

  function remount(): void {
    mounted.editor.destroy()
    mounted.awareness.destroy()
    mounted = mount()
    tell()
  }

  /** Who comes into a document takes a colour that nobody in it has, for this visit: the others keep theirs. */
  function join(): void {
    if (hasJoined || handle.status.connection !== 'live') return
    hasJoined = true
    introduce(person)
  }

  function introduce(next: Person): void {
    const others = [...handle.presence.getSnapshot().values()].flatMap((state) => {
      const other = parsePerson((state as { user?: unknown } | null)?.user)
      return other === null ? [] : [other.color]
    })
    const shown = { ...next, color: colorBeside(next.color, others, random) }
    if (shown.name === person.name && shown.color === person.color) return
    person = shown
    mounted.awareness.setLocalStateField('user', { ...person })
  }

  return {
    element: made,
    toolbar: toolbar.element,
    people: people.element,
    follow() {
      if (handle.doc !== mounted.doc) remount()
      join()
      const isEditable = handle.status.access !== 'read'
      if (mounted.editor.isEditable !== isEditable) mounted.editor.setEditable(isEditable)
    },
    introduce,
    content: () => mounted.editor.getHTML(),
    onContent: (listener) => void listeners.push(listener),
  }
}
