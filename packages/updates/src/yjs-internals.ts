import type { Doc } from 'yjs'

/*
 * This, what digests read in `yjs-structs.ts`, and `RunWriter`'s walk along `Item.right` and `Item.left` is everything in
 * this package that Yjs does not promise: written against yjs 13.6.33. Nothing here is imported from Yjs but types.
 */

/**
 * Whether Yjs holds structs or deletions back because something they need is missing. There is no event for it, and
 * `encodeStateAsUpdate` carries them along.
 */
export function pendingOf(doc: Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null
}

/**
 * Whether the document stopped emitting events for ever. Ask outside of a transaction, for instance in a microtask.
 *
 * When a listener of 'beforeTransaction', 'afterTransactionCleanup' or 'update' throws, or Yjs itself does while it
 * finishes a transaction, that transaction stays on `_transactionCleanups`, and sometimes in `_transaction`: from then
 * on edits are applied in memory and nobody is told.
 */
export function isDead(doc: Doc): boolean {
  return doc._transactionCleanups.length > 0
}

/**
 * Lets a dead document emit events again. Edits made meanwhile were never emitted: encode what lies beyond the last
 * update that was captured. What the broken transaction left inside Yjs is unknown, so save what is in the document and
 * rebuild it.
 */
export function revive(doc: Doc): void {
  doc._transaction = null
  doc._transactionCleanups = []
}
