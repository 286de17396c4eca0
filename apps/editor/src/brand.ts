import { element, icon } from './dom.ts'

/** The line the water leaves. */
const tide = 'M1.5 8.5c2.8-3.5 5.7-3.5 8.5 0s5.7 3.5 8.5 0M1.5 13.5c2.8-3.5 5.7-3.5 8.5 0s5.7 3.5 8.5 0'

export function brand(): HTMLElement {
  return element(
    'a',
    { class: 'brand', href: '/' },
    icon(tide),
    element('span', { class: 'brand-name' }, 'Tidemark'),
  )
}
