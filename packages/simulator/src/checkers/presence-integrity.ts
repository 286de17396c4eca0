import type { DocumentId } from '@tidemark/base'
import type { Border, Party } from '../oracle/border.ts'
import type { TabNews } from '../oracle/tab-news.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

interface Shown {
  readonly id: number
  readonly clock: number
  /** JSON; empty: has left. */
  readonly state: string
}

/**
 * PRE1: under the id of somebody nothing is ever shown that they did not set themselves, and the clocks of an id only grow.
 *
 * PRE3: one turn of the relay shows each participant to a reader in one state. What leaves in a turn leaves in one step.
 */
export function createPresenceIntegrity({
  border,
  news,
  world,
}: {
  readonly border: Border
  readonly news: TabNews
  readonly world: { readonly steps: number }
}): Checker {
  const owners = new Map<number, string>()
  /** What each tab has set for each of its documents. */
  const states = new Map<string, Set<string>>()
  /** By document and id: strangers use one id in several documents. A session that is opened anew knows of nobody. */
  const clocks = new WeakMap<Party, Map<string, number>>()
  /** What each reader was shown in the step in which it was shown something last. */
  const latest = new WeakMap<Party, { readonly step: number; readonly states: Map<string, string> }>()

  function look(party: Party, document: DocumentId, { id, clock, state }: Shown): void {
    requireOwn(document, id, state)
    const seen = clocks.get(party) ?? new Map<string, number>()
    clocks.set(party, seen)
    const who = `${document}\n${id}`
    if (clock < (seen.get(who) ?? 0))
      throw new Violation('PRE1', `the clock of ${id} in ${document} goes back for ${party.principal}`)
    seen.set(who, clock)
    requireOneState(party, document, id, state)
  }

  function requireOneState(party: Party, document: DocumentId, id: number, state: string): void {
    const before = latest.get(party)
    const now = before?.step === world.steps ? before : { step: world.steps, states: new Map() }
    latest.set(party, now)
    const who = `${document}\n${id}`
    if ((now.states.get(who) ?? state) !== state)
      throw new Violation(
        'PRE3',
        `${party.principal} is shown two states of ${id} in ${document} in one turn`,
      )
    now.states.set(who, state)
  }

  function forget(party: Party, document: DocumentId): void {
    const seen = clocks.get(party)
    for (const who of seen?.keys() ?? []) if (who.startsWith(`${document}\n`)) seen?.delete(who)
  }

  /** Strangers show what they like, under ids that are nobody's. */
  function requireOwn(document: DocumentId, id: number, state: string): void {
    const owner = owners.get(id)
    if (owner === undefined || state === '' || states.get(owner)?.has(state)) return
    throw new Violation('PRE1', `${state} is shown of ${owner} in ${document}, who never said that`)
  }

  border.listen({
    sent({ party, document, message }) {
      if (message.type === 'opened' && document !== null) forget(party, document)
      if (message.type !== 'presence-changed' || document === null) return
      for (const { id, clock, state } of message.entries)
        look(party, document, { id, clock, state: Buffer.from(state).toString() })
    },
    sentStock({ party, document, message }) {
      if (message.type !== 'awareness' || document === null) return
      for (const { id, clock, state } of message.entries)
        look(party, document, { id, clock, state: state === 'null' ? '' : state })
    },
  })

  news.listen({
    created({ tab, document }, clientId) {
      owners.set(clientId, `${tab} ${document}`)
    },
    presence({ tab, document }, state) {
      const where = `${tab} ${document}`
      const own = states.get(where) ?? new Set()
      states.set(where, own)
      own.add(JSON.stringify(state))
    },
  })
  return {}
}
