import { type Encoder, writeVarString, writeVarUint } from 'lib0/encoding'
import type { AbstractType, Doc, GC, Item, UpdateEncoderV1 } from 'yjs'

/*
 * Everything in this package that Yjs does not promise, and `RunWriter`'s walk along `Item.right` and `Item.left`:
 * written against yjs 13.6.33. Nothing here is imported from Yjs but types.
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

/** Every struct of the document by client, in the order of their clocks. Yjs gives out only their encoding. */
export function structsOf(doc: Doc): ReadonlyMap<number, readonly (GC | Item)[]> {
  return doc.store.clients
}

/** Whether a type was only asked for: it has neither content nor deleted content. */
export function isEmptyType(type: AbstractType<unknown>): boolean {
  return type._start === null && type._map.size === 0
}

/** Which shared type it is, and the name of an XML node: what Yjs writes before the content of a nested type. */
export function writeTypeName(encoder: Encoder, type: AbstractType<unknown>): void {
  const sink: Pick<UpdateEncoderV1, 'writeTypeRef' | 'writeKey'> = {
    writeTypeRef: (ref) => writeVarUint(encoder, ref),
    writeKey: (name) => writeVarString(encoder, name),
  }
  type._write(sink as UpdateEncoderV1)
}
