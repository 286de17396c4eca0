import type { Random } from '@tidemark/base'
import { newPersonName, pick } from './names.ts'

/** Somebody at an editor, as the others see them. */
export interface Person {
  readonly name: string
  /** `#rrggbb`: carets take no other form. */
  readonly color: string
}

export const personNameCharactersMax = 40

/** Each is legible under white letters, and as a line on light and on dark paper. */
export const personColors = [
  '#c93620',
  '#b2500f',
  '#8a6400',
  '#3d7a1c',
  '#0a7a6c',
  '#1a70b8',
  '#6a5acd',
  '#a646b6',
  '#c72f6d',
] as const

const storageKey = 'tidemark:person'

/** Who sits at this tab: `?name=` for this tab alone, else who was here before, else somebody new. */
export function loadPerson(storage: Storage, search: string, random: Random): Person {
  const stored = readPerson(storage.getItem(storageKey))
  const named = cleanName(new URLSearchParams(search).get('name') ?? '')
  if (named !== '') return { name: named, color: colorOf(named) }
  if (stored !== null) return stored
  const person = { name: newPersonName(random), color: pick(personColors, random) }
  savePerson(storage, person)
  return person
}

export function savePerson(storage: Storage, person: Person): void {
  storage.setItem(storageKey, JSON.stringify(person))
}

/** The same name has the same colour everywhere. */
export function colorOf(name: string): string {
  let sum = 0
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return personColors[sum % personColors.length] as string
}

/** A colour that tells a person from those who are present: their own when nobody has it, or when none is free. */
export function colorBeside(own: string, present: readonly string[], random: Random): string {
  if (!present.includes(own)) return own
  const free = personColors.filter((color) => !present.includes(color))
  return free.length === 0 ? own : pick(free, random)
}

/** What somebody typed as their name, fit to be shown; empty when nothing is left of it. */
export function cleanName(typed: string): string {
  const text = typed.toWellFormed().replace(/\s+/g, ' ').trim()
  return [...text].slice(0, personNameCharactersMax).join('')
}

/** A person out of bytes that anybody may have written: storage, or the presence of somebody else. */
export function parsePerson(value: unknown): Person | null {
  if (typeof value !== 'object' || value === null) return null
  const { name, color } = value as { name?: unknown; color?: unknown }
  if (typeof name !== 'string' || cleanName(name) === '') return null
  const isColor = typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color)
  return { name: cleanName(name), color: isColor ? color : colorOf(name) }
}

function readPerson(text: string | null): Person | null {
  try {
    return text === null ? null : parsePerson(JSON.parse(text))
  } catch {
    return null
  }
}
