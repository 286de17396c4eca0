import * as Y from 'yjs'
import type { SeededRandom } from '../world/seeded-random.ts'

/** One thing that a person can do to a document, as one transaction. `token` is unique in the simulation. */
export type EditVerb = (doc: Y.Doc, random: SeededRandom, token: string) => void

const keysMax = 4
const pasteMax = 3_000

/** The names of the root types that people use, the same as in the test support of the updates package. */
export const roots = { text: 'text', map: 'map', list: 'array', page: 'xml' } as const

const transactions: Readonly<Record<string, EditVerb>> = {
  type(doc, random, token) {
    const text = doc.getText(roots.text)
    text.insert(random.below(text.length + 1), token)
  },

  append(doc, _random, token) {
    const text = doc.getText(roots.text)
    text.insert(text.length, token)
  },

  /** From elsewhere: some are larger than all that is typed. */
  paste(doc, random, token) {
    const text = doc.getText(roots.text)
    const length = Math.min(pasteMax, Math.ceil(random.interval(400)))
    text.insert(random.below(text.length + 1), token + '.'.repeat(length))
  },

  /** Everything, as somebody does who begins anew. */
  clear(doc) {
    const text = doc.getText(roots.text)
    text.delete(0, text.length)
  },

  erase(doc, random) {
    const text = doc.getText(roots.text)
    const [start, length] = span(text.length, random)
    text.delete(start, length)
  },

  format(doc, random) {
    const text = doc.getText(roots.text)
    const [start, length] = span(text.length, random)
    if (length > 0)
      text.format(start, length, { [random.pick(['bold', 'em'])]: random.chance(0.6) ? true : null })
  },

  set(doc, random, token) {
    doc
      .getMap(roots.map)
      .set(`k${random.below(keysMax)}`, random.chance(0.5) ? token : { token, n: random.below(100) })
  },

  unset(doc, random) {
    doc.getMap(roots.map).delete(`k${random.below(keysMax)}`)
  },

  nest(doc, random, token) {
    const map = doc.getMap(roots.map)
    const key = `n${random.below(2)}`
    const inner = map.get(key)
    if (inner instanceof Y.Map) inner.set(`k${random.below(keysMax)}`, token)
    else map.set(key, new Y.Map([['first', token]]))
  },

  insert(doc, random, token) {
    const list = doc.getArray(roots.list)
    list.insert(random.below(list.length + 1), random.chance(0.7) ? [token] : [token, random.below(10), null])
  },

  remove(doc, random) {
    const list = doc.getArray(roots.list)
    const [start, length] = span(list.length, random)
    list.delete(start, length)
  },

  element(doc, random, token) {
    const page = doc.getXmlFragment(roots.page)
    const element = new Y.XmlElement('p')
    element.setAttribute('id', token)
    element.insert(0, [new Y.XmlText(token)])
    page.insert(random.below(page.length + 1), [element])
  },

  attribute(doc, random, token) {
    const page = doc.getXmlFragment(roots.page)
    const element = page.length > 0 ? page.get(random.below(page.length)) : null
    if (element instanceof Y.XmlElement) element.setAttribute('mark', token)
  },

  paragraph(doc, random, token) {
    const page = doc.getXmlFragment(roots.page)
    const element = page.length > 0 ? page.get(random.below(page.length)) : null
    const text = element instanceof Y.XmlElement ? element.get(0) : null
    if (text instanceof Y.XmlText)
      text.insert(random.below(text.length + 1), token, random.chance(0.3) ? { bold: true } : {})
  },
}

/** Takes back, or makes again, what this replica did: a transaction of Yjs's own. */
const reversals: Readonly<Record<string, EditVerb>> = {
  undo: (doc) => void undoOf(doc).undo(),
  redo: (doc) => void undoOf(doc).redo(),
}

export const editVerbs: Readonly<Record<string, EditVerb>> = {
  ...Object.fromEntries(Object.entries(transactions).map(([name, verb]) => [name, inTransaction(verb)])),
  ...reversals,
}

function inTransaction(verb: EditVerb): EditVerb {
  return (doc, random, token) => doc.transact(() => verb(doc, random, token))
}

const undoManagers = new WeakMap<Y.Doc, Y.UndoManager>()

function undoOf(doc: Y.Doc): Y.UndoManager {
  return undoManagers.get(doc) ?? bindRoots(doc)
}

const spanMax = 6

function span(length: number, random: SeededRandom): [start: number, length: number] {
  if (length === 0) return [0, 0]
  const start = random.below(length)
  return [start, Math.min(length - start, 1 + random.below(spanMax))]
}

/** Makes typed roots of what a document holds, as an editor would when it binds to them. */
export function bindRoots(doc: Y.Doc): Y.UndoManager {
  const types = [doc.getText(roots.text), doc.getMap(roots.map), doc.getArray(roots.list)]
  // Without a timeout every transaction is a step of its own, and no clock is looked at.
  const undo = new Y.UndoManager([...types, doc.getXmlFragment(roots.page)], { captureTimeout: 0 })
  undoManagers.set(doc, undo)
  return undo
}
