import { Awareness } from 'y-protocols/awareness'
import type { DocumentHandle } from './api.ts'

/**
 * The y-protocols `Awareness` that editor bindings ask for, kept in step with `document.presence` both ways. Make
 * another one for each `document.doc`; `destroy()` ends it.
 */
export function createAwareness(document: DocumentHandle): Awareness {
  const { presence } = document
  const awareness = new Awareness(document.doc)

  /** States of others come from us alone: what is said of our own id is for the relay. */
  function tellRelay({ added, updated, removed }: Changes): void {
    // An old one that is destroyed after the document was replaced must not silence the new one.
    if (awareness.doc !== document.doc || ![...added, ...updated, ...removed].includes(awareness.clientID))
      return
    presence.set(awareness.getLocalState())
  }

  function takeOver(): void {
    const changes = differences(awareness, presence.getSnapshot())
    const { added, updated, removed } = changes
    if (added.length + updated.length + removed.length === 0) return
    awareness.emit('change', [changes, presence])
    awareness.emit('update', [changes, presence])
  }

  awareness.on('update', tellRelay)
  const unsubscribe = presence.subscribe(takeOver)
  awareness.on('destroy', unsubscribe)
  presence.set(awareness.getLocalState())
  takeOver()
  return awareness
}

interface Changes {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

/** Writes `states` into `awareness`, and tells what that changed. */
function differences(awareness: Awareness, states: ReadonlyMap<number, unknown>): Changes {
  const changes: Changes = { added: [], updated: [], removed: [] }
  for (const id of [...awareness.getStates().keys()]) {
    if (id === awareness.clientID || states.has(id)) continue
    awareness.states.delete(id)
    awareness.meta.delete(id)
    changes.removed.push(id)
  }
  for (const [id, state] of states) {
    // Whatever somebody sends is not always what bindings expect: an object.
    if (id === awareness.clientID || typeof state !== 'object' || state === null) continue
    const before = awareness.states.get(id)
    if (before === state) continue
    awareness.states.set(id, state)
    // It would drop states that were not renewed for 30 s. How long a participant is there is for the relay to say.
    awareness.meta.set(id, {
      clock: (awareness.meta.get(id)?.clock ?? 0) + 1,
      lastUpdated: Number.POSITIVE_INFINITY,
    })
    changes[before ? 'updated' : 'added'].push(id)
  }
  return changes
}
