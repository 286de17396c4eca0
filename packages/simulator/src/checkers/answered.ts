import type { Push, RelayMessage } from '@tidemark/protocol'
import type { Party } from '../oracle/border.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

type Facts = Pick<Scene, 'border' | 'strangers'> & {
  readonly world: { readonly nowMs: number }
  readonly relay: { readonly process: unknown }
}

/** A commit that had begun on a disk in trouble, and then the pace of the relay's questions. */
export const answerMsMax = 8_000

/** A push that the relay has taken from the wire and not answered. */
interface Waiting {
  readonly batch: number
  readonly recovery: boolean
  readonly sinceMs: number
}

/** What one session's pushes wait for, in the order sent. */
class Session {
  #waiting: Waiting[] = []
  /** The relay has asked for all that it lacks: until it is given that, it drops what else comes. */
  #isAsked = false

  get oldest(): Waiting | undefined {
    return this.#waiting[0]
  }

  pushed({ batch, recovery }: Push, sinceMs: number, mayLie: boolean): void {
    // An answer to what nobody has asked: what it is behind decides what becomes of it.
    if (recovery && mayLie && !this.#isAsked) return
    if (recovery) this.#isAsked = false
    if (!this.#isAsked) this.#waiting.push({ batch, recovery, sinceMs })
  }

  acked(batch: number): void {
    this.#waiting = this.#waiting.filter((each) => each.batch > batch)
  }

  refused(batch: number): void {
    this.#waiting = this.#waiting.filter((each) => each.batch !== batch)
  }

  /** That batch and all later ones were dropped, up to an answer that was under way already. What is given stands for all before. */
  asked(batch: number): void {
    const given = this.#waiting.find((each) => each.recovery && each.batch > batch)
    this.#isAsked = given === undefined
    this.#waiting = this.#waiting.filter((each) => given !== undefined && each.batch >= given.batch)
  }
}

/**
 * L2: a relay that is well answers every push: with an ack, a refusal, or the question for all that it lacks; whoever pushes, and
 * whatever they did before. People's clients seldom get into the states in which a broken client is all the time.
 */
export function createAnswered({
  border,
  world,
  relay,
  strangers,
}: Facts): Required<Pick<Checker, 'atRest'>> {
  let parties = new Map<Party, Map<number, Session>>()
  let { process } = relay
  /** What still arrives over these the relay does not read. */
  const over = new WeakSet<Party>()

  function sessionsOf(party: Party): Map<number, Session> {
    if (relay.process !== process) {
      process = relay.process
      parties = new Map()
    }
    const sessions = parties.get(party) ?? new Map<number, Session>()
    parties.set(party, sessions)
    return sessions
  }

  function answered(party: Party, message: RelayMessage): void {
    switch (message.type) {
      case 'ack':
        return sessionsOf(party).get(message.session)?.acked(message.batch)
      case 'refused':
        return sessionsOf(party).get(message.session)?.refused(message.batch)
      case 'resync':
        return sessionsOf(party).get(message.session)?.asked(message.batch)
      case 'closed':
        return void sessionsOf(party).delete(message.session)
      default:
        return
    }
  }

  border.listen({
    opens(party, session) {
      if (!over.has(party)) sessionsOf(party).set(session, new Session())
    },
    closes: (party, session) => void sessionsOf(party).delete(session),
    pushes(party, push) {
      const mayLie = strangers.some(({ name }) => name === party.principal)
      sessionsOf(party).get(push.session)?.pushed(push, world.nowMs, mayLie)
    },
    sent: ({ party, message }) => answered(party, message),
    gone(party) {
      parties.delete(party)
      over.add(party)
    },
  })

  return {
    atRest() {
      if (relay.process !== process) return
      for (const [party, sessions] of parties) {
        // An answer comes behind all that its author has not read yet.
        if (party.bufferedBytes() > 0) continue
        for (const [number, { oldest }] of sessions) {
          if (oldest === undefined || world.nowMs - oldest.sinceMs < answerMsMax) continue
          throw new Violation(
            'L2',
            `batch ${oldest.batch} of session ${number} of ${party.principal} has had no answer since ${oldest.sinceMs.toFixed(0)}`,
          )
        }
      }
    },
  }
}
