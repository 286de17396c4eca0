import { element } from './dom.ts'

export interface ConnectionSwitchOptions {
  readonly label: string
  /** Names this switch among those of the tab. */
  readonly name: string
  /** Lives as long as the tab, so that a reload happens as cut off as the tab was. */
  readonly storage: Storage
  cut(): void
  join(): void
}

/** Cuts one replica off from the relay and joins it again, so that anyone can watch replicas diverge and converge. */
export function createConnectionSwitch({
  label,
  name,
  storage,
  cut,
  join,
}: ConnectionSwitchOptions): HTMLElement {
  const storageKey = `tidemark:cut:${name}`
  const attributes = { type: 'button', role: 'switch', class: 'switch', 'data-name': name }
  const made = element(
    'button',
    attributes,
    element('span', { class: 'switch-track', 'aria-hidden': 'true' }),
    element('span', { class: 'switch-label' }, label),
  )

  function show(isCut: boolean): void {
    made.setAttribute('aria-checked', String(isCut))
    if (isCut) cut()
    else join()
  }

  made.addEventListener('click', () => {
    const isCut = made.getAttribute('aria-checked') !== 'true'
    storage.setItem(storageKey, String(isCut))
    show(isCut)
  })
  show(storage.getItem(storageKey) === 'true')
  return made
}
