import {
  concat,
  craftHostileUpdate,
  craftText,
  craftUpdate,
  mutate,
  numbers,
} from '@tidemark/updates/testing'
import { awarenessMessage, queryMessage, type StockLink, syncMessage } from '../cast/stock-link.ts'
import { type Abuse, clocksOf, type Deed, recorded } from './deed.ts'
import { badStateVector, claimOfFuture, endlessGap, forged, mutated, poison } from './poison.ts'
import { textAt, victimsIn } from './update-deeds.ts'

/*
 * The same intentions over a connection of the y-websocket dialect: it has no sessions, no batches and no refusals, and
 * its client ids belong to whoever uses them.
 */

type OnLink = Abuse & { readonly link: StockLink }

/** A deed on an open connection. While there is none, one is opened instead. */
function onLink(run: (abuse: OnLink) => void): Deed {
  return (abuse) => {
    const { stranger, random } = abuse
    const links = stranger.stockLinks
    if (links.length > 0) return run({ ...abuse, link: random.pick(links) })
    const link = stranger.dialStock(random.pick(stranger.documents))
    if (random.chance(0.7)) link.send(syncMessage('step1', Uint8Array.of(0)))
  }
}

const caret = new TextEncoder().encode('{"caret":2}')

/** Frames that are none, and questions without end. */
export const stockProtocolDeeds: Readonly<Record<string, Deed>> = {
  'stock garbage': onLink(({ random, link }) => {
    const step1 = syncMessage('step1', Uint8Array.of(0))
    const frames = [
      random.bytes(random.below(60)),
      step1.slice(0, random.below(step1.length)),
      mutate(random.next, step1),
      concat(numbers(0, 2, 2 ** 40), random.bytes(5)),
      concat(numbers(1, 9, 2 ** 31), random.bytes(5)),
      concat(numbers(77), random.bytes(5)),
      numbers(0, 3, 0),
      numbers(2, 0, 0),
    ]
    link.send(random.pick(frames))
  }),

  'stock nowhere'({ stranger, random }) {
    stranger.dialStock(random.pick(['nowhere', '', 'x'.repeat(600), 'a%00b', 'd1/d2']))
  },

  'stock silence'({ stranger, random }) {
    stranger.dialStock(random.pick(stranger.documents))
  },

  /** Each makes the relay compare the whole document. */
  'stock steps': onLink(({ random, link }) => {
    if (random.chance(0.4)) link.deafen()
    const vector = (): Uint8Array => (random.chance(0.5) ? Uint8Array.of(0) : badStateVector(random))
    const count = 1 + random.below(60)
    const steps = Array.from({ length: count }, () => syncMessage('step1', vector()))
    if (random.chance(0.5)) link.send(concat(...steps))
    else for (const step of steps) link.send(step)
  }),

  'stock queries': onLink(({ random, link }) => {
    if (random.chance(0.5)) link.deafen()
    const count = random.chance(0.05) ? 5_000 : random.below(300)
    link.send(concat(...Array.from({ length: count }, () => queryMessage)))
  }),

  'stock cut': onLink(({ link }) => link.cut()),
}

export const stockPresenceDeeds: Readonly<Record<string, Deed>> = {
  'stock announce': onLink(({ stranger, random, link }) => {
    const state = random.chance(0.8) ? caret : random.pick([random.bytes(9), new Uint8Array(5_000)])
    link.send(awarenessMessage([{ id: stranger.stockClient, clock: random.pick([1, 9, 2 ** 52]), state }]))
  }),

  /** Says of others whom it has seen that they are elsewhere, or gone. */
  'stock impersonate': onLink(({ scene, stranger, random, link }) => {
    const ids = scene.people
      .flatMap(({ tab }) => tab?.documents.get(link.document)?.handle.presence.id ?? [])
      .filter((id) => link.shown.has(id))
    const state = random.chance(0.8) ? caret : new TextEncoder().encode('null')
    const own = { id: stranger.stockClient, clock: 2 ** 51, state: caret }
    link.send(awarenessMessage([own, ...ids.map((id) => ({ id, clock: 2 ** 52, state }))]))
  }),

  'stock masks': onLink(({ random, link }) => {
    const ids = Array.from({ length: random.below(60) }, () => random.word())
    link.send(awarenessMessage(ids.map((id) => ({ id, clock: 1, state: caret }))))
  }),
}

/** Updates that a relay must refuse, or find nothing new in. */
export const stockRefusedDeeds: Readonly<Record<string, Deed>> = {
  'stock poison': onLink(({ stranger, random, link }) =>
    say(random, link, poison(random, random.chance(0.7) ? random.word() : stranger.stockClient)),
  ),

  'stock gap': onLink(({ stranger, random, link }) => {
    for (let left = 1 + random.below(20); left > 0; left--)
      say(random, link, endlessGap(random, stranger.stockClient))
  }),

  'stock forge': onLink(({ scene, random, link }) => {
    const victims = victimsIn(scene, link.document)
    if (victims.length === 0 || scene.log.lossesOf(link.document) > 0) return
    const [client, clock] = random.pick(victims)
    say(random, link, random.chance(0.7) ? forged(client, clock) : claimOfFuture(client, clock))
  }),

  'stock replay': onLink(({ scene, random, link }) => {
    for (const update of recorded(scene, link.document).slice(-6)) say(random, link, update)
  }),

  'stock huge': onLink(({ stranger, random, link }) => {
    const text = 'x'.repeat(Math.floor(random.pick([0.5, 1.2, 2.1]) * stranger.updateBytesMax))
    say(random, link, craftUpdate([{ client: stranger.stockClient, clock: 5, structs: [craftText(text)] }]))
  }),
}

/** What does harm, in a document that nobody else uses. */
export const stockHarmfulDeeds: Readonly<Record<string, Deed>> = {
  ...stockRefusedDeeds,
  'stock write': onLink(writeOwn),
  'stock mutate': onLink(({ scene, random, link }) => {
    const updates = recorded(scene, link.document)
    if (updates.length > 0) say(random, link, mutated(random, random.pick(updates)))
  }),
  'stock craft': onLink(({ scene, random, link }) => {
    const clocks = clocksOf(scene, link.document)
    if (clocks.size > 0) say(random, link, craftHostileUpdate(random.next, clocks))
  }),
}

/** Adds something in good faith, too, while people work. */
export const stockBrokenDeeds: Readonly<Record<string, Deed>> = {
  ...stockRefusedDeeds,
  'stock write': onLink((abuse) => {
    if (abuse.scene.phase === 'faults') writeOwn(abuse)
  }),
}

function writeOwn({ scene, stranger, random, link }: OnLink): void {
  const clock = clocksOf(scene, link.document).get(stranger.stockClient) ?? 0
  say(random, link, textAt(stranger.stockClient, clock, `<${stranger.name}>`))
}

/** As an update or as an answer; now and then twice, in one frame. */
function say(random: Abuse['random'], link: StockLink, update: Uint8Array): void {
  const message = syncMessage(random.pick(['update', 'step2']), update)
  link.send(random.chance(0.1) ? concat(message, message) : message)
}
