import type { DocumentId } from '@tidemark/base'
import * as Y from 'yjs'
import type { Border, Party } from '../oracle/border.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

interface Facts {
  readonly border: Border
  readonly world: { readonly nowMs: number }
  readonly log: { of(document: DocumentId): { readonly clocks: ReadonlyMap<number, number> } | undefined }
  readonly relay: { readonly process: { readonly running: boolean } }
  /** They answer before they are asked: what they believe is their own affair. */
  readonly strangers: readonly { readonly name: string }[]
}

/** A turn of the relay, in which whatever it has to say leaves. */
const turnMsMax = 50

/** What a session was told that the log has, and has not answered. */
interface Told {
  readonly document: DocumentId
  readonly clocks: ReadonlyMap<number, number>
}

/** A session that was told what has turned out not to be so. */
interface Deceived {
  readonly party: Party
  readonly session: number
  readonly document: DocumentId
  readonly sinceMs: number
}

/**
 * R2: what a relay says that it has, it has, or is about to have. When the log then does not take it, whoever was told, and
 * leaves it out of an answer for that, is told at once: their session ends, and the next one is told the truth.
 */
export function createToldClocks({
  border,
  log,
  relay,
  world,
  strangers,
}: Facts): Required<Pick<Checker, 'afterStep'>> {
  let parties = new Map<Party, Map<number, Told>>()
  let { process } = relay
  let deceived: readonly Deceived[] = []

  function of(party: Party): Map<number, Told> {
    if (relay.process !== process) {
      process = relay.process
      parties = new Map()
      deceived = []
    }
    const sessions = parties.get(party) ?? new Map<number, Told>()
    parties.set(party, sessions)
    return sessions
  }

  function tell(party: Party, session: number, document: DocumentId, stateVector: Uint8Array): void {
    if (strangers.some(({ name }) => name === party.principal)) return
    of(party).set(session, { document, clocks: Y.decodeStateVector(stateVector) })
  }

  function failed(document: DocumentId): void {
    const durable = log.of(document)?.clocks ?? new Map<number, number>()
    const isFalse = (told: Told): boolean =>
      told.document === document && [...told.clocks].some(([id, clock]) => (durable.get(id) ?? 0) < clock)
    for (const [party, sessions] of parties)
      for (const [session, told] of sessions)
        if (isFalse(told)) deceived = [...deceived, { party, session, document, sinceMs: world.nowMs }]
  }

  function ended(party: Party, session: number): void {
    of(party).delete(session)
    deceived = deceived.filter((each) => each.party !== party || each.session !== session)
  }

  function gone(party: Party): void {
    parties.delete(party)
    deceived = deceived.filter((each) => each.party !== party)
  }

  border.listen({
    opens: ended,
    closes: ended,
    gone,
    pushes: (party, { session, recovery }) => void (recovery ? of(party).delete(session) : undefined),
    saysState: (party, { session }) => void of(party).delete(session),
    appendFailed: failed,
    sent({ party, document, message }) {
      if (message.type === 'closed') ended(party, message.session)
      if (document === null) return
      if (message.type === 'resync') tell(party, message.session, document, message.stateVector)
      if (message.type === 'opened' && message.resume.kind === 'resync')
        tell(party, message.session, document, message.resume.stateVector)
    },
  })

  return {
    afterStep() {
      const first = deceived[0]
      if (first === undefined || relay.process !== process || !process.running) return
      if (world.nowMs - first.sinceMs < turnMsMax || first.party.bufferedBytes() > 0) return
      throw new Violation(
        'R2',
        `${first.party.principal} believes that the log of ${first.document} has what it did not take`,
      )
    },
  }
}
