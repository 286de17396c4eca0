import type { Editor } from '@tiptap/core'
import { element, icon } from './dom.ts'
import { type ToolbarButton, toolbarGroups } from './toolbar-buttons.ts'

/** The buttons above a text. It outlives the editor it works on: `attach` gives it the next one. */
export interface Toolbar {
  readonly element: HTMLElement
  attach(editor: Editor): void
}

export function createToolbar(): Toolbar {
  let attached: Editor | null = null
  const buttons = toolbarGroups.flat().map((button) => ({ button, made: makeButton(button, () => attached) }))
  const groups = toolbarGroups.map((group) =>
    element(
      'div',
      { class: 'toolbar-group' },
      ...buttons.filter(({ button }) => group.includes(button)).map(({ made }) => made),
    ),
  )
  const toolbar = element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Formatting' }, ...groups)
  moveFocusByArrows(
    toolbar,
    buttons.map(({ made }) => made),
  )

  let isScheduled = false

  function show(): void {
    isScheduled = false
    if (attached === null || attached.isDestroyed) return
    for (const { button, made } of buttons) showButton(made, button, attached)
  }

  /** Asking what every button could do costs more than a keystroke: once per frame is enough. */
  function showSoon(): void {
    if (!isScheduled) requestAnimationFrame(show)
    isScheduled = true
  }

  return {
    element: toolbar,
    attach(editor) {
      attached = editor
      editor.on('transaction', showSoon)
      show()
    },
  }
}

function makeButton(
  { name, label, keys, path, command }: ToolbarButton,
  editor: () => Editor | null,
): HTMLButtonElement {
  const shown = `${label} (${/Mac|iPhone|iPad/.test(navigator.userAgent) ? keys.replace('Ctrl', '⌘') : keys})`
  const attributes = {
    type: 'button',
    class: 'toolbar-button',
    'data-name': name,
    'aria-label': label,
    title: shown,
  }
  const made = element('button', attributes, icon(path))
  // The text keeps its focus and selection when a button is pressed with the mouse.
  made.addEventListener('mousedown', (event) => event.preventDefault())
  made.addEventListener('click', () => {
    const target = editor()
    if (target !== null) command(target.chain().focus()).run()
  })
  return made
}

function showButton(made: HTMLButtonElement, { isActive, command }: ToolbarButton, editor: Editor): void {
  if (isActive) made.setAttribute('aria-pressed', String(isActive(editor)))
  // Not `disabled`: a button that loses its focus while somebody walks along the toolbar is worse than one that does nothing.
  made.setAttribute('aria-disabled', String(!editor.isEditable || !command(editor.can().chain()).run()))
}

/** One stop for the Tab key, arrows in between: the toolbar pattern of the ARIA Authoring Practices Guide. */
function moveFocusByArrows(toolbar: HTMLElement, buttons: readonly HTMLButtonElement[]): void {
  const makeStop = (stop: HTMLButtonElement | undefined) => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1
  }
  makeStop(buttons[0])
  toolbar.addEventListener('focusin', (event) => makeStop(buttons.find((button) => button === event.target)))
  toolbar.addEventListener('keydown', (event) => {
    const next = nextStop(event.key, buttons.indexOf(event.target as HTMLButtonElement), buttons.length)
    if (next === null) return
    event.preventDefault()
    buttons[next]?.focus()
  })
}

function nextStop(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count
    case 'ArrowLeft':
      return (at + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
