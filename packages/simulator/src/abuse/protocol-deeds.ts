import { concatFrames, encodeClientMessage } from '@tidemark/protocol'
import { bytesOf, concat, mutate, numbers } from '@tidemark/updates/testing'
import { type Deed, inSession } from './deed.ts'
import { badStateVector } from './poison.ts'

const zeroCheck = '00'.repeat(16)

/** Frames that are none, messages out of place, numbers that name nothing. */
export const protocolDeeds: Readonly<Record<string, Deed>> = {
  garbage({ stranger, random }) {
    stranger.dial().send(random.bytes(random.below(200)))
  },

  /** A frame with its end cut off, its bytes changed, or a length that it does not have. */
  brokenFrame({ stranger, random }) {
    const link = random.chance(0.5) ? stranger.dial() : stranger.greet()
    const frame = concatFrames([
      encodeClientMessage({ type: 'hello', version: 1, token: stranger.name }),
      encodeClientMessage(link.open(random.pick(stranger.documents))),
    ])
    const broken = random.below(3)
    if (broken === 0) link.send(frame.slice(0, random.below(frame.length)))
    else if (broken === 1) link.send(mutate(random.next, frame))
    else link.send(concat(frame, bytesOf('04'), numbers(random.pick([2 ** 53 - 1, 2 ** 31, 100]))))
  },

  /** Skipped, as a later version of the protocol might send it. */
  unknownMessage: inSession(({ random, link }) => {
    const body = random.bytes(random.below(30))
    link.send(concat(Uint8Array.of(random.pick([0x00, 0x20, 0x3f, 0x41, 0x7f])), numbers(body.length), body))
  }),

  beforeHello({ stranger, random }) {
    const link = stranger.dial()
    const open = link.open(random.pick(stranger.documents))
    link.say(random.pick([open, { type: 'ping', nonce: 1 }, { type: 'close', session: 3 }]))
    link.say({ type: 'hello', version: 1, token: stranger.name }, open)
  },

  helloTwice({ stranger, random }) {
    const link = stranger.greet()
    link.say({ type: 'hello', version: random.below(3), token: 'somebody else' })
  },

  /** Says hello, or nothing at all, and leaves the rest to the relay's patience. */
  silence({ stranger, random }) {
    if (random.chance(0.5)) stranger.greet()
    else stranger.dial()
  },

  openTwice({ stranger, random }) {
    const link = stranger.greet()
    const open = link.open(random.pick(stranger.documents))
    link.say(open, random.chance(0.5) ? open : ({ ...open, session: link.nextSession() } as typeof open))
  },

  /** Opens and closes, many times in one breath, documents that are not there. */
  openStorm({ stranger, random }) {
    const link = stranger.greet()
    const documents = [...stranger.documents, 'nowhere', '', 'x'.repeat(600), 'a\u0000b']
    for (let left = 5 + random.below(40); left > 0; left--) {
      const open = link.open(random.pick(documents))
      link.say(
        open,
        ...(open.type === 'open' && random.chance(0.8)
          ? [{ type: 'close', session: open.session } as const]
          : []),
      )
    }
  },

  /** Sends before it knows whether it may. */
  early({ stranger, random }) {
    const link = stranger.greet()
    const open = link.open(random.pick(stranger.documents))
    if (open.type !== 'open') return
    const { session } = open
    stranger.announced([1])
    const messages = Array.from({ length: random.below(60) }, (_, i) =>
      random.pick([
        {
          type: 'push',
          session,
          batch: i + 1,
          recovery: false,
          update: random.bytes(random.below(100)),
        } as const,
        { type: 'state', session, stateVector: badStateVector(random) } as const,
        { type: 'presence-update', session, id: 1, state: random.bytes(10) } as const,
      ]),
    )
    link.say(open, ...messages)
  },

  nobodysSession: inSession(({ random, link }) => {
    link.say({
      type: 'push',
      session: 10_000 + random.below(9),
      batch: 1,
      recovery: true,
      update: random.bytes(9),
    })
    link.say({ type: 'close', session: 77 })
  }),

  /** A cursor that no log issued, or that of another document. */
  forgedCursor({ scene, stranger, random }) {
    const document = random.pick(stranger.documents)
    const state = scene.log.of(document)
    const other = scene.log.of(random.pick(scene.documents))
    if (!state || !other) return
    const seq = random.pick([0, 1, state.head, state.head + 1, state.head + 1_000, 2 ** 40])
    const check = random.pick([zeroCheck, other.check, Buffer.from(random.bytes(16)).toString('hex')])
    const lineage = random.pick([state.lineage, state.lineage, other.lineage, zeroCheck])
    const link = stranger.greet()
    link.say(link.open(document, { lineage, seq, check }))
  },

  badState: inSession(({ random, link, session }) => {
    for (let left = 1 + random.below(5); left > 0; left--)
      link.say({ type: 'state', session: session.session, stateVector: badStateVector(random) })
  }),

  verify: inSession(({ scene, random, link, session }) => {
    const head = scene.log.of(session.document)?.head ?? 0
    for (let left = 1 + random.below(20); left > 0; left--) {
      const seq = random.pick([0, head, head + 5, 2 ** 50])
      link.say({ type: 'verify', session: session.session, seq, digest: random.bytes(32) })
    }
  }),

  /** Leaves in the middle of something. */
  leave: inSession(({ random, link, session }) => {
    link.say({ type: 'state', session: session.session, stateVector: Uint8Array.of(0) })
    if (random.chance(0.3)) link.say({ type: 'close', session: session.session })
    else if (random.chance(0.5)) link.close()
    else link.cut()
  }),
}
