import type { Doc } from 'yjs'
import { pendingOf } from './yjs-internals.ts'

export function digest(doc: Doc): Uint8Array | null {
  if (pendingOf(doc)) return null
  throw new Error('not built yet')
}
