import type { Doc } from 'yjs'

/**
 * Everything in this package that Yjs does not promise: written against yjs 13.6.33.
 *
 * `store.pendingStructs`, `store.pendingDs`: what Yjs received and could not integrate. There is no event for it.
 * `_transaction`, `_transactionCleanups`: the transaction that runs and those that are being finished. When a listener
 * of 'beforeTransaction', 'afterTransactionCleanup' or 'update' throws, or Yjs itself does while it finishes a
 * transaction, they are never cleared: edits are applied from then on, but no event is emitted any more.
 */

/** Whether Yjs holds structs or deletions back because something they need is missing. */
export function pendingOf(doc: Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null
}

/** Whether the document stopped emitting events for ever. Ask outside of a transaction, for instance in a microtask. */
export function isDead(doc: Doc): boolean {
  return doc._transaction !== null || doc._transactionCleanups.length > 0
}

/**
 * Lets a dead document emit events again. Edits made meanwhile were never emitted: encode what lies beyond the last
 * update that was captured. Indexes inside Yjs may be stale, so use the document only to save what is in it.
 */
export function revive(doc: Doc): void {
  doc._transaction = null
  doc._transactionCleanups = []
}
