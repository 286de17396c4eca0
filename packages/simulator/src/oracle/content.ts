import * as Y from 'yjs'
import { roots } from '../people/edits.ts'

/**
 * What a reader of the document sees, as one text: two replicas that hold the same show the same. Made from Yjs's
 * public reading functions and from nothing of ours.
 */
export function contentOf(doc: Y.Doc): string {
  // Read from a copy: asking for a typed root changes the document it is asked of.
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  const content = JSON.stringify([
    copy.getText(roots.text).toDelta(),
    sorted(copy.getMap(roots.map).toJSON()),
    sorted(copy.getArray(roots.list).toJSON()),
    copy.getXmlFragment(roots.page).toArray().map(String),
  ])
  copy.destroy()
  return content
}

/** Equal maps may list their keys in different orders. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
