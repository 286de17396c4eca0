import type { DocumentId } from '@tidemark/base'
import { brand } from './brand.ts'
import { element } from './dom.ts'
import type { ReplicaView } from './replica-view.ts'
import { editorPath } from './route.ts'

export interface DemoPane {
  readonly title: string
  readonly view: ReplicaView
}

/** Replicas of one document side by side, each with its own database and its own wire to the relay. */
export function createDemoPage(document: DocumentId, panes: readonly DemoPane[]): HTMLElement {
  const columns = element('main', { class: 'panes' }, ...panes.map(paneElement))
  columns.style.setProperty('--pane-count', String(panes.length))
  return element(
    'div',
    { class: 'demo-page' },
    element(
      'header',
      { class: 'bar' },
      brand(),
      element('h1', { class: 'bar-title', title: document }, document),
      element(
        'div',
        { class: 'bar-end' },
        element('a', { href: editorPath(document) }, 'Open in the editor'),
      ),
    ),
    element(
      'p',
      { class: 'demo-lead' },
      'Three replicas of one document, each with a database of its own. Cut one off, write on both sides, join it again.',
    ),
    element('div', { class: 'relay-strip' }, element('strong', {}, 'Relay'), createVerdict(panes)),
    columns,
  )
}

function paneElement({ title, view }: DemoPane): HTMLElement {
  const { handle, status, connectionSwitch, notices, text, figures } = view
  const head = element(
    'div',
    { class: 'pane-head' },
    element('h2', { class: 'pane-name' }, title),
    connectionSwitch,
    status,
  )
  const sheet = element('div', { class: 'sheet' }, head, text.toolbar, text.element, figures)
  const pane = element('section', { class: 'pane', 'aria-label': title }, notices, sheet)
  const showWire = () => {
    pane.dataset['wire'] = handle.status.connection
  }
  handle.subscribe(showWire)
  showWire()
  return pane
}

/** Says whether the replicas show the same; compared at most once per frame. */
function createVerdict(panes: readonly DemoPane[]): HTMLElement {
  const made = element('span', { class: 'verdict', role: 'status' })
  let isScheduled = false

  function compare(): void {
    isScheduled = false
    const contents = new Set(panes.map(({ view }) => view.text.content()))
    made.dataset['equal'] = String(contents.size === 1)
    made.textContent = contents.size === 1 ? 'All replicas are equal' : 'The replicas differ'
  }

  for (const { view } of panes) {
    view.text.onContent(() => {
      if (!isScheduled) requestAnimationFrame(compare)
      isScheduled = true
    })
  }
  compare()
  return made
}
