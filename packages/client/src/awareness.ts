import type { Awareness } from 'y-protocols/awareness'
import type { DocumentHandle } from './api.ts'

/**
 * The y-protocols `Awareness` that editor bindings ask for, kept in step with `document.presence` both ways. Make
 * another one for each `document.doc`; `destroy()` ends it.
 */
export function createAwareness(document: DocumentHandle): Awareness {
  throw new Error(`not built yet: ${document.id}`)
}
