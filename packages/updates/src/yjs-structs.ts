import { type Encoder, writeVarString, writeVarUint } from 'lib0/encoding'
import type { AbstractType, Doc, GC, Item, UpdateEncoderV1 } from 'yjs'

/*
 * What digests read of Yjs and Yjs does not promise. Apart from `yjs-internals.ts`, which every page of the client loads:
 * digests it loads when it needs them.
 */

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
