import type { DocumentId } from '@tidemark/base'
import { brand } from './brand.ts'
import { element } from './dom.ts'
import { cleanName, colorOf, type Person, personNameCharactersMax } from './person.ts'
import type { ReplicaView } from './replica-view.ts'

export interface EditorPageOptions {
  readonly document: DocumentId
  readonly person: Person
  readonly view: ReplicaView
  /** Called when whoever sits here says another name. */
  renamed(person: Person): void
}

export function createEditorPage({ document, person, view, renamed }: EditorPageOptions): HTMLElement {
  const { status, connectionSwitch, notices, text } = view
  return element(
    'div',
    { class: 'editor-page' },
    element(
      'header',
      { class: 'bar' },
      brand(),
      element('h1', { class: 'bar-title', title: document }, document),
      status,
      element('div', { class: 'bar-end' }, text.people, nameInput(person, renamed), connectionSwitch),
    ),
    notices,
    element('main', { class: 'sheet' }, text.toolbar, text.element),
  )
}

function nameInput(person: Person, renamed: (person: Person) => void): HTMLElement {
  const input = element('input', {
    class: 'person-name',
    'aria-label': 'Your name',
    title: 'Your name, as the others see it',
    maxlength: String(personNameCharactersMax),
    autocomplete: 'off',
    value: person.name,
  })
  let current = person
  input.addEventListener('change', () => {
    const name = cleanName(input.value)
    if (name !== '' && name !== current.name) {
      current = { name, color: colorOf(name) }
      renamed(current)
    }
    input.value = current.name
  })
  return input
}
