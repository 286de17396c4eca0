import { isDocumentId, type Random } from '@tidemark/base'
import { brand } from './brand.ts'
import { element } from './dom.ts'
import { newDocumentName } from './names.ts'
import { describeAge, loadVisits, type Visit } from './recent.ts'
import { demoPath, editorPath } from './route.ts'

export interface StartPageOptions {
  readonly storage: Storage
  readonly random: Random
  readonly nowMs: number
  /** Leaves for another page of this origin. */
  go(path: string): void
}

export function createStartPage({ storage, random, nowMs, go }: StartPageOptions): HTMLElement {
  const name = newDocumentName(random)
  return element(
    'main',
    { class: 'start' },
    element('h1', {}, brand()),
    element('p', { class: 'start-lead' }, 'Write together. Go offline, come back, lose nothing.'),
    element(
      'div',
      { class: 'start-actions' },
      element(
        'a',
        { class: 'button button-main', href: editorPath(name), 'data-name': 'new' },
        'New document',
      ),
      element('a', { class: 'button', href: demoPath(name), 'data-name': 'demo' }, 'Watch replicas converge'),
    ),
    openForm(go),
    recentList(loadVisits(storage), nowMs),
  )
}

function openForm(go: (path: string) => void): HTMLElement {
  const input = element('input', {
    id: 'open',
    name: 'document',
    required: true,
    autocomplete: 'off',
    maxlength: '200',
  })
  const form = element(
    'form',
    { class: 'open-form' },
    element('label', { for: 'open' }, 'Open by name'),
    element('div', { class: 'field' }, input, element('button', { class: 'button' }, 'Open')),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const id = input.value.trim()
    if (isDocumentId(id)) go(editorPath(id))
  })
  return form
}

function recentList(visits: readonly Visit[], nowMs: number): HTMLElement | null {
  if (visits.length === 0) return null
  const items = visits.map(({ document, openedMs }) =>
    element(
      'li',
      {},
      element('a', { href: editorPath(document) }, document),
      element('span', { class: 'age' }, describeAge(nowMs - openedMs)),
    ),
  )
  return element(
    'section',
    { class: 'recent' },
    element('h2', {}, 'Opened here before'),
    element('ul', {}, ...items),
  )
}
