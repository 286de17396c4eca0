import { craftHostileUpdate, craftText, craftUpdate } from '@tidemark/updates/testing'
import * as Y from 'yjs'
import { type Abuse, clocksOf, type Deed, inSession, recorded } from './deed.ts'
import { claimOfFuture, endlessGap, forged, mutated, poison } from './poison.ts'

/** Updates that a relay must refuse, or find nothing new in, wherever they come from. */
const refusedUpdates: Readonly<Record<string, Deed>> = {
  poison: inSession(({ stranger, random, link, session }) => {
    for (let left = 1 + random.below(3); left > 0; left--)
      link.say(link.push(session, poison(random, random.chance(0.7) ? random.word() : stranger.client)))
  }),

  gap: inSession(({ stranger, random, link, session }) => {
    for (let left = 1 + random.below(4); left > 0; left--)
      link.say(link.push(session, endlessGap(random, stranger.client), random.chance(0.3)))
  }),

  /** Under the ids of others. What a real loss lets in is not promised: nobody tries it after one. */
  forge: inSession(({ scene, random, link, session }) => {
    const victims = victimsIn(scene, session.document)
    if (victims.length === 0 || scene.log.lossesOf(session.document) > 0) return
    const [client, clock] = random.pick(victims)
    const update = random.chance(0.7) ? forged(client, clock) : claimOfFuture(client, clock)
    link.say(link.push(session, update, random.chance(0.5)))
  }),

  /** What the log has, again: as it lies there, or written anew. */
  replay: inSession(({ scene, random, link, session }) => {
    const updates = recorded(scene, session.document)
    if (updates.length === 0) return
    const some = updates.slice(random.below(updates.length)).slice(0, 1 + random.below(6))
    if (random.chance(0.5)) link.say(...some.map((update) => link.push(session, update)))
    else link.say(link.push(session, Y.mergeUpdates(some)))
  }),

  /** Its own clocks again, saying something else: what the log took first stays. */
  equivocate: inSession(({ scene, stranger, random, link, session }) => {
    const end = clocksOf(scene, session.document).get(stranger.client) ?? 0
    if (end === 0) return
    const clock = random.below(end)
    const rest = end - clock
    const other = textAt(stranger.client, clock, 'other'.repeat(rest).slice(0, 1 + random.below(rest)))
    link.say(link.push(session, other, random.chance(0.3)))
  }),

  huge: inSession(({ stranger, random, link, session }) => {
    const bytes = scale(random.pick([0.5, 1, 1.2, 2.1]), stranger)
    link.say(
      link.push(
        session,
        craftUpdate([{ client: stranger.client, clock: 5, structs: [craftText('x'.repeat(bytes))] }]),
      ),
    )
  }),
}

/** Updates that somebody without write access tries in vain. */
export const readOnlyUpdates: Readonly<Record<string, Deed>> = {
  ...refusedUpdates,
  mutate: inSession(mutateSome),
  write: inSession(writeOwn),
}

/** What an insider adds in good faith, with a client that is out of order. Only while people work. */
export const brokenUpdates: Readonly<Record<string, Deed>> = {
  ...refusedUpdates,

  write: inSession((abuse) => {
    if (abuse.scene.phase === 'faults') writeOwn(abuse)
  }),

  pour: inSession((abuse) => {
    if (abuse.scene.phase === 'faults') pourOwn(abuse)
  }),

  /** The second of two first, then both, then both again. */
  wrongOrder: inSession((abuse) => {
    const { scene, stranger, random, link, session } = abuse
    if (scene.phase !== 'faults') return
    const clock = clocksOf(scene, session.document).get(stranger.client) ?? 0
    const [first, second] = [textAt(stranger.client, clock, 'one'), textAt(stranger.client, clock + 3, 'two')]
    link.say(link.push(session, second), link.push(session, first, true), link.push(session, second, true))
    if (random.chance(0.5)) link.say(link.push(session, first), link.push(session, second))
  }),

  /** Goes on from a past that it tells otherwise, as who was rolled back and lost its head. */
  fork: inSession((abuse) => {
    if (abuse.scene.phase === 'faults') forkOwn(abuse)
  }),
}

/** Everything that does harm, in a document of its own. */
export const harmfulUpdates: Readonly<Record<string, Deed>> = {
  ...refusedUpdates,
  write: inSession(writeOwn),
  pour: inSession(pourOwn),
  fork: inSession(forkOwn),
  mutate: inSession(mutateSome),
  craft: inSession(({ scene, random, link, session }) => {
    const clocks = clocksOf(scene, session.document)
    if (clocks.size > 0) link.say(link.push(session, craftHostileUpdate(random.next, clocks)))
  }),
}

type InSession = Parameters<Parameters<typeof inSession>[0]>[0]

function mutateSome({ scene, random, link, session }: InSession): void {
  const updates = recorded(scene, session.document)
  if (updates.length > 0) link.say(link.push(session, mutated(random, random.pick(updates))))
}

function writeOwn({ scene, stranger, link, session }: InSession): void {
  const clock = clocksOf(scene, session.document).get(stranger.client) ?? 0
  link.say(link.push(session, textAt(stranger.client, clock, `<${stranger.name}>`)))
}

/** More at once than a window holds. */
function pourOwn({ scene, stranger, random, link, session }: InSession): void {
  const clock = clocksOf(scene, session.document).get(stranger.client) ?? 0
  const updates = Array.from({ length: random.below(250) }, (_, i) =>
    textAt(stranger.client, clock + 4 * i, 'pour'),
  )
  link.say(...updates.map((update) => link.push(session, update)))
}

function forkOwn({ scene, stranger, random, link, session }: InSession): void {
  const end = clocksOf(scene, session.document).get(stranger.client) ?? 0
  const clock = Math.max(0, end - 1 - random.below(6))
  link.say(link.push(session, textAt(stranger.client, clock, `fork of ${stranger.name}`)))
}

export function textAt(client: number, clock: number, text: string): Uint8Array {
  const where = clock === 0 ? { parent: 'text' } : { origin: [client, clock - 1] as const }
  return craftUpdate([{ client, clock, structs: [craftText(text, where)] }])
}

/** Of those who use our client: ids that came by the other dialect belong to everybody. */
export function victimsIn(
  scene: Abuse['scene'],
  document: string,
): readonly (readonly [client: number, clock: number])[] {
  const clocks = clocksOf(scene, document)
  return scene.people.flatMap(({ tab }) => {
    const client = tab?.documents.get(document)?.handle.doc.clientID ?? -1
    const clock = clocks.get(client)
    return clock === undefined ? [] : [[client, clock] as const]
  })
}

function scale(factor: number, stranger: Abuse['stranger']): number {
  return Math.floor(factor * stranger.updateBytesMax)
}
