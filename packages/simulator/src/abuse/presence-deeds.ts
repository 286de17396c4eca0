import { type Deed, inSession } from './deed.ts'

const caret = new TextEncoder().encode('{"caret":1}')

/** Presence under the names of others, under too many names, and in forms that are none. */
export const presenceDeeds: Readonly<Record<string, Deed>> = {
  announce: inSession(({ stranger, link, session }) => {
    stranger.announced([stranger.client])
    link.say({ type: 'presence-update', session: session.session, id: stranger.client, state: caret })
  }),

  /**
   * Takes the place of others whom it has seen, there or away, or removes them. Of those who use our client: stock clients
   * pass on each other's presence, so their ids are anybody's while they are away.
   */
  impersonate: inSession(({ scene, random, link, session }) => {
    const ids = scene.people
      .flatMap(({ tab }) => tab?.documents.get(session.document)?.handle.presence.id ?? [])
      .filter((id) => session.shown.has(id))
    const state = random.chance(0.8) ? caret : new Uint8Array(0)
    for (const id of ids) link.say({ type: 'presence-update', session: session.session, id, state })
  }),

  masks: inSession(({ stranger, random, link, session }) => {
    const ids = Array.from({ length: random.below(60) }, () => random.word())
    stranger.announced(ids)
    link.say(
      ...ids.map((id) => ({ type: 'presence-update', session: session.session, id, state: caret }) as const),
    )
  }),

  noState: inSession(({ stranger, random, link, session }) => {
    stranger.announced([stranger.client])
    const state = random.pick([
      random.bytes(random.below(50)),
      new TextEncoder().encode('['.repeat(90)),
      new Uint8Array(5_000),
    ])
    link.say({ type: 'presence-update', session: session.session, id: stranger.client, state })
  }),
}
