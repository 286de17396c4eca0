import { element } from './dom.ts'
import type { Message } from './messages.ts'

/** A message above the text. Hidden while there is nothing to say. */
export interface Notice {
  readonly element: HTMLElement
  /** Takes the place of what stood there; null takes it away. */
  show(message: Message | null): void
  /** Like `show`, except that null leaves what stands there. */
  say(message: Message | null): void
}

/** `remedyFor` makes what can be done about a message: a button, a form, or nothing. */
export function createNotice(remedyFor: (message: Message, close: () => void) => HTMLElement | null): Notice {
  const made = element('div', { class: 'notice', role: 'alert', hidden: true })
  let shown: Message | null = null

  function show(message: Message | null): void {
    // What somebody types into a form here must outlive a status that changes in some other way.
    if (message?.text === shown?.text) return
    shown = message
    made.hidden = message === null
    made.replaceChildren()
    if (message === null) return
    made.dataset['tone'] = message.tone
    made.append(element('p', {}, message.text), remedyFor(message, () => show(null)) ?? '')
  }

  return {
    element: made,
    show,
    say: (message) => {
      if (message !== null) show(message)
    },
  }
}

/** A button that does one thing. */
export function actionButton(label: string, act: () => void): HTMLElement {
  const made = element('button', { type: 'button', class: 'plain-button' }, label)
  made.addEventListener('click', act)
  return made
}

export function tokenForm(given: (token: string) => void): HTMLElement {
  const input = element('input', {
    type: 'password',
    'aria-label': 'Token',
    required: true,
    autocomplete: 'off',
  })
  const form = element(
    'form',
    { class: 'field' },
    input,
    element('button', { class: 'plain-button' }, 'Enter'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    given(input.value.trim())
  })
  return form
}
