import type { Awareness } from 'y-protocols/awareness'
import { element } from './dom.ts'
import { type Person, parsePerson } from './person.ts'

/** Somebody present in a document. */
export interface Participant extends Person {
  /** The Yjs awareness client id: one per tab. */
  readonly id: number
  readonly isSelf: boolean
}

/** Faces shown; beyond, a number. Thousands may look at one document. */
const facesMax = 6

/** Who is present: oneself first, then the others in an order that does not jump. */
export function listParticipants(states: ReadonlyMap<number, unknown>, self: number): readonly Participant[] {
  return [...states]
    .flatMap(([id, state]) => {
      const person = parsePerson((state as { user?: unknown } | null)?.user)
      return person === null ? [] : [{ ...person, id, isSelf: id === self }]
    })
    .sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || a.id - b.id)
}

/** The row of faces. It outlives the awareness it shows: `attach` gives it the next one. */
export interface PeopleView {
  readonly element: HTMLElement
  attach(awareness: Awareness): void
}

export function createPeopleView(): PeopleView {
  const list = element('ul', { class: 'people', 'aria-label': 'People here' })
  let detach = () => {}
  return {
    element: list,
    attach(awareness) {
      detach()
      const show = () =>
        list.replaceChildren(...faces(listParticipants(awareness.getStates(), awareness.clientID)))
      awareness.on('change', show)
      detach = () => awareness.off('change', show)
      show()
    },
  }
}

function faces(participants: readonly Participant[]): HTMLElement[] {
  const rest = participants.length - facesMax
  const shown = participants.slice(0, facesMax).map(face)
  return rest > 0 ? [...shown, element('li', { class: 'face face-more' }, `+${rest}`)] : shown
}

function face({ name, color, isSelf }: Participant): HTMLElement {
  const label = isSelf ? `${name} (you)` : name
  const made = element('li', { class: 'face', title: label, 'data-person': name }, initials(name))
  made.append(element('span', { class: 'hidden-text' }, label))
  made.style.setProperty('--person', color)
  return made
}

function initials(name: string): HTMLElement {
  const words = name.split(' ').filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return element('span', { 'aria-hidden': 'true' }, letters.join('').toUpperCase())
}
