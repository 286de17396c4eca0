import type { Random } from '@tidemark/base'
import * as Y from 'yjs'
import { below, chance, pick, wordOf } from './random.ts'

/** Somebody who edits a document at random, through every shared type that Yjs has. */
export interface Author {
  readonly doc: Y.Doc
  /** Makes one random transaction, or undoes or redoes one. Sometimes it changes nothing. */
  edit(): void
  /** Releases what observes the document. */
  close(): void
}

/**
 * Edits are made without an origin, and only those are undone. Indexes never fall inside a pair of surrogates: Yjs
 * splits them in ways that differ between replicas, which no editor asks for.
 */
export function createAuthor(random: Random, doc: Y.Doc): Author {
  const roots = [doc.getText('text'), doc.getArray('array'), doc.getMap('map'), doc.getXmlFragment('xml')]
  const undo = new Y.UndoManager([...roots, doc.getText('emoji')], { captureTimeout: 0 })
  const editOnce = () => pick(random, edits)(random, doc)
  return {
    doc,
    edit: () => {
      if (chance(random, 0.08)) undo.undo()
      else if (chance(random, 0.05)) undo.redo()
      else doc.transact(() => times(1 + below(random, 3), editOnce))
    },
    close: () => undo.destroy(),
  }
}

type Edit = (random: Random, doc: Y.Doc) => void

const insertText: Edit = (random, doc) => {
  const text = doc.getText('text')
  const attributes = chance(random, 0.3) ? randomFormat(random) : undefined
  text.insert(below(random, text.length + 1), wordOf(random, 8), attributes)
}

const typeOn: Edit = (random, doc) => {
  const text = doc.getText('text')
  for (const character of wordOf(random, 6)) text.insert(text.length, character)
}

const deleteText: Edit = (random, doc) => {
  const text = doc.getText('text')
  const index = below(random, text.length)
  text.delete(index, Math.min(below(random, 6), text.length - index))
}

const formatText: Edit = (random, doc) => {
  const text = doc.getText('text')
  const index = below(random, text.length)
  text.format(index, Math.min(1 + below(random, 5), text.length - index), randomFormat(random))
}

const embed: Edit = (random, doc) => {
  const text = doc.getText('text')
  text.insertEmbed(below(random, text.length + 1), { image: wordOf(random, 5), width: below(random, 100) })
}

const emoji: Edit = (random, doc) => {
  const text = doc.getText('emoji')
  text.insert(chance(random, 0.5) ? 0 : text.length, pick(random, ['😀', '👍🏽', '🧜‍♀️', 'a🌊b']))
}

const clearEmoji: Edit = (random, doc) => {
  const text = doc.getText('emoji')
  if (chance(random, 0.2)) text.delete(0, text.length)
}

const insertArray: Edit = (random, doc) => {
  const array = doc.getArray<unknown>('array')
  const items = Array.from({ length: 1 + below(random, 3) }, () => randomItem(random))
  array.insert(below(random, array.length + 1), items)
}

const deleteArray: Edit = (random, doc) => {
  const array = doc.getArray('array')
  const index = below(random, array.length)
  array.delete(index, Math.min(below(random, 4), array.length - index))
}

const setEntry: Edit = (random, doc) => {
  doc.getMap('map').set(randomKey(random), randomItem(random))
}

const deleteEntry: Edit = (random, doc) => {
  doc.getMap('map').delete(randomKey(random))
}

/** Edits a type that lies in the array or the map, when there is one. */
const editNested: Edit = (random, doc) => {
  const items: unknown[] = [...doc.getArray('array').toArray(), ...doc.getMap('map').values()]
  const nested = items.filter((item) => item instanceof Y.AbstractType)
  if (nested.length > 0) editType(random, pick(random, nested))
}

function editType(random: Random, type: unknown): void {
  if (type instanceof Y.Map) type.set(randomKey(random), randomItem(random))
  else if (type instanceof Y.Text) type.insert(below(random, type.length + 1), wordOf(random, 4))
  else if (type instanceof Y.Array) type.push([randomItem(random)])
}

const insertXml: Edit = (random, doc) => {
  const parent = randomElement(random, doc)
  const node = chance(random, 0.4)
    ? new Y.XmlText(wordOf(random, 5))
    : new Y.XmlElement(pick(random, ['p', 'h1', 'li']))
  parent.insert(below(random, parent.length + 1), [node])
}

const editXml: Edit = (random, doc) => {
  const parent = randomElement(random, doc)
  if (parent instanceof Y.XmlElement) parent.setAttribute(randomKey(random), wordOf(random, 4))
  const child = parent.length === 0 ? null : parent.get(below(random, parent.length))
  if (child instanceof Y.XmlText) child.insert(below(random, child.length + 1), wordOf(random, 4))
}

const deleteXml: Edit = (random, doc) => {
  const parent = randomElement(random, doc)
  if (parent.length > 0) parent.delete(below(random, parent.length), 1)
}

const textEdits = [insertText, insertText, typeOn, typeOn, deleteText, formatText, embed, emoji, clearEmoji]
const itemEdits = [insertArray, deleteArray, setEntry, setEntry, deleteEntry, editNested, editNested]
const xmlEdits = [insertXml, editXml, deleteXml]
const edits: readonly Edit[] = [...textEdits, ...itemEdits, ...xmlEdits]

/** The XML root or an element below it. */
function randomElement(random: Random, doc: Y.Doc): Y.XmlFragment {
  let element: Y.XmlFragment = doc.getXmlFragment('xml')
  while (element.length > 0 && chance(random, 0.6)) {
    const child = element.get(below(random, element.length))
    if (!(child instanceof Y.XmlElement)) return element
    element = child
  }
  return element
}

function randomFormat(random: Random): Record<string, unknown> {
  return pick(random, [
    { bold: true },
    { bold: null },
    { italic: {} },
    { color: '#ff0000' },
    { link: { href: 'a' } },
  ])
}

function randomKey(random: Random): string {
  return pick(random, ['a', 'b', 'c', 'title', 'größe'])
}

/** Anything that can stand in an array or a map: a value, a new shared type, a sub-document. */
function randomItem(random: Random): unknown {
  const kind = below(random, 12)
  if (kind === 0) return new Y.Map([['inner', randomValue(random)]])
  if (kind === 1) return new Y.Text(wordOf(random, 5))
  if (kind === 2) return Y.Array.from([randomValue(random) as object])
  if (kind === 3) return new Y.Doc({ guid: `guid-${below(random, 1000)}`, meta: { n: below(random, 9) } })
  if (kind === 4) return Uint8Array.from([1, 2, below(random, 256)])
  return randomValue(random)
}

type Value = string | number | boolean | null | { readonly [key: string]: unknown }

function randomValue(random: Random): Value {
  return pick<() => Value>(random, [
    () => wordOf(random, 6),
    () => below(random, 200) - 100,
    () => random() * 1e12,
    () => pick(random, [0.5, -0.25, 2 ** 40, -(2 ** 53), 1e300, Number.MAX_SAFE_INTEGER]),
    () => chance(random, 0.5),
    () => null,
    () => ({ z: wordOf(random, 3), a: [below(random, 9), { deep: null }], big: BigInt(below(random, 1e9)) }),
  ])()
}

function times(count: number, run: () => void): void {
  for (let i = 0; i < count; i++) run()
}
