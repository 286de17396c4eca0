import { encodeClientMessage, itemsPerFrameMax } from '@tidemark/protocol'
import { type Deed, inSession } from './deed.ts'

/** More than anybody needs, from somebody who does not read the answers. */
export const floodDeeds: Readonly<Record<string, Deed>> = {
  pings: inSession(({ random, link }) => {
    if (random.chance(0.5)) link.deafen()
    // Now and then more than a relay may let pile up.
    const ping = encodeClientMessage({ type: 'ping', nonce: 7 })
    const count = random.chance(0.15) ? itemsPerFrameMax / 2 : random.below(300)
    const frame = new Uint8Array(count * ping.length)
    for (let i = 0; i < count; i++) frame.set(ping, i * ping.length)
    link.send(frame)
  }),

  /** What adds nothing, again and again. */
  repeats: inSession(({ random, link, session }) => {
    if (random.chance(0.3)) link.deafen()
    const nothing = Uint8Array.of(0, 0)
    link.say(...Array.from({ length: random.below(300) }, () => link.push(session, nothing)))
  }),

  refusals: inSession(({ random, link, session }) => {
    if (random.chance(0.5)) link.deafen()
    const poison = Uint8Array.of(1, 1, 7, 0, 0, 0, 0)
    link.say(...Array.from({ length: random.below(60) }, () => link.push(session, poison)))
  }),

  deaf: inSession(({ link }) => link.deafen()),

  manyMessages({ stranger, random }) {
    const link = stranger.greet()
    const count = random.chance(0.03) ? itemsPerFrameMax + 1 : random.below(800)
    const empty = new Uint8Array(2 * count)
    for (let i = 0; i < count; i++) empty[2 * i] = 0x30
    link.send(empty)
  },
}
