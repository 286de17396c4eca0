import type { Person } from './cast/person.ts'
import { mayOpen } from './oracle/may-open.ts'
import { stockInPeace } from './rest-of-stock.ts'
import type { Scene } from './scene.ts'

/** Somebody who is in a document, as others should see them, and what they see. */
interface Participant {
  readonly tab: string
  readonly document: string
  readonly id: number
  /** Null: shows nothing. */
  readonly state: unknown
  /** Without themselves. */
  readonly seen: ReadonlyMap<number, unknown>
  /** Whether they can show this state, and would take in somebody again of whom they have heard before. */
  readonly takesIn: (id: number, state: unknown) => boolean
}

/**
 * PRE2, YWS4: everybody sees who is there, and nobody else, whatever clients they use. Those who stay broken may be seen
 * or not, and so may strangers, and those who are sent away whenever they come. The first who does not; null when all do.
 */
export function wrongPresence(scene: Scene, people: readonly Person[]): string | null {
  const present = [...participants(scene, people), ...stockParticipants(scene)]
  const unsure = unsureIds(scene)
  for (const each of present) {
    const others = present.filter(({ document, tab }) => document === each.document && tab !== each.tab)
    const wrong = wrongFor(scene, unsure, each, others)
    if (wrong !== null) return `${each.document} in ${each.tab}: ${wrong}`
  }
  return null
}

function wrongFor(
  { phase }: Scene,
  unsure: ReadonlySet<number>,
  { seen, takesIn }: Participant,
  others: readonly Participant[],
): string | null {
  const expected = others.filter(({ id, state }) => state !== null && takesIn(id, state))
  const ids = new Set(expected.map(({ id }) => id))
  const known = [...seen].filter(([id]) => !unsure.has(id))
  const looked = phase === 'healed' ? known : known.filter(([id]) => ids.has(id))
  const [has, wants] = [shown(looked), shown(expected.map(({ id, state }) => [id, state]))]
  return has === wants ? null : `sees ${has} instead of ${wants}`
}

function unsureIds(scene: Scene): ReadonlySet<number> {
  const ids = scene.strangers.flatMap(({ presenceIds }) => [...presenceIds])
  for (const { host, tab } of scene.stock) {
    for (const [document, { doc }] of tab?.documents ?? [])
      if (scene.lockedOut.has(host, document)) ids.push(doc.clientID)
  }
  return new Set(ids)
}

function shown(entries: readonly (readonly [number, unknown])[]): string {
  return JSON.stringify([...entries].sort(([a], [b]) => a - b))
}

function participants(scene: Scene, people: readonly Person[]): Participant[] {
  return people.flatMap(({ device, tab }) =>
    Array.from(tab?.documents ?? [])
      .filter(([document]) => mayOpen(scene, device.name, document) && !scene.isHalted(document))
      .map(([document, { handle, presence }]) => ({
        tab: tab?.process.name ?? '',
        document,
        id: handle.presence.id,
        state: presence,
        seen: handle.presence.getSnapshot(),
        takesIn: () => true,
      })),
  )
}

function stockParticipants(scene: Scene): Participant[] {
  return stockInPeace(scene).flatMap(({ host, tab }) =>
    Array.from(tab?.documents ?? [])
      .filter(
        ([document]) =>
          mayOpen(scene, host, document) && !scene.isHalted(document) && !scene.lockedOut.has(host, document),
      )
      .map(([document, { provider, doc }]) => ({
        tab: tab?.process.name ?? '',
        document,
        id: doc.clientID,
        state: provider.awareness.getLocalState(),
        seen: new Map([...provider.awareness.getStates()].filter(([id]) => id !== doc.clientID)),
        // It remembers the clocks of a relay whose wall clock was set back since, and waits for them to come again.
        takesIn: (id, state) =>
          typeof state === 'object' &&
          (provider.awareness.getStates().has(id) ||
            (provider.awareness.meta.get(id)?.clock ?? 0) <= scene.relay.process.clock.now()),
      })),
  )
}
