import type { Clock } from '@tidemark/base'
import { createCalmStatus } from './calm-status.ts'
import { element } from './dom.ts'
import type { StatusLine } from './status.ts'

/** Says in a few words where one's edits are. Read aloud when it changes, without interrupting. */
export interface StatusView {
  readonly element: HTMLElement
  show(line: StatusLine): void
}

export function createStatusView(after: Clock['after']): StatusView {
  const text = element('span')
  const made = element(
    'div',
    { class: 'status', role: 'status', 'aria-live': 'polite' },
    element('span', { class: 'status-dot', 'aria-hidden': 'true' }),
    text,
  )
  const show = createCalmStatus(after, (line) => {
    made.dataset['status'] = line.code
    made.dataset['tone'] = line.tone
    made.title = line.detail
    text.textContent = line.text
  })
  return { element: made, show }
}
