import type { Random } from '@tidemark/base'
import { GapText } from './gap-text.ts'
import { below, chance, createRandom, wordOf } from './random.ts'
import type { ConcurrentTrace, ConcurrentTxn, Patch, SequentialTrace, SequentialTxn } from './trace.ts'

/** One author who types: mostly a character after the one before, sometimes a deletion, a jump or a paste. */
export function generateSequentialTrace(seed: number, edits: number): SequentialTrace {
  const random = createRandom(seed)
  const text = new GapText()
  const txns: SequentialTxn[] = Array.from({ length: edits }, () => ({ patches: [typeOnce(random, text)] }))
  return { startContent: '', endContent: text.toString(), txns }
}

function typeOnce(random: Random, text: GapText): Patch {
  if (chance(random, 0.01)) text.moveTo(below(random, text.length + 1))
  if (text.position > 0 && chance(random, 0.28)) {
    text.moveTo(text.position - 1)
    return [text.position, text.delete(1), '']
  }
  const inserted = chance(random, 0.001) ? wordOf(random, 200) : wordOf(random, 1)
  const position = text.position
  text.insert(inserted)
  return [position, 0, inserted]
}

const separator = '\n---\n'

/**
 * Two authors who type at the same time, each in an own half of the text with a separator between: they never insert at
 * the same place, so every merge gives the same text. Now and then one receives what the other wrote so far.
 */
export function generateConcurrentTrace(seed: number, edits: number): ConcurrentTrace {
  const random = createRandom(seed)
  const halves = [new GapText(), new GapText()] as const
  const txns: ConcurrentTxn[] = [{ agent: 0, parents: [], patches: [[0, 0, separator]] }]
  // Per agent: its own latest transaction, the other's latest that it has received, and the length of the first half then.
  const agents = [
    { own: 0, seen: 0, firstLength: 0 },
    { own: 0, seen: 0, firstLength: 0 },
  ] as const
  for (let agent = 0; txns.length < edits; ) {
    if (chance(random, 0.1)) agent = 1 - agent
    const view = agents[agent] as (typeof agents)[number]
    const other = agents[1 - agent] as (typeof agents)[number]
    if (chance(random, 0.1)) Object.assign(view, { seen: other.own, firstLength: halves[0].length })
    const [position, deleted, inserted] = typeOnce(random, halves[agent] as GapText)
    const offset = agent === 0 ? 0 : view.firstLength + separator.length
    txns.push({ agent, parents: headsOf(view), patches: [[position + offset, deleted, inserted]] })
    Object.assign(view, { own: txns.length - 1 })
  }
  return { endContent: halves[0].toString() + separator + halves[1].toString(), numAgents: 2, txns }
}

/** The own latest transaction, and the other's unless it is older than all (the first) or the same. */
function headsOf({ own, seen }: { readonly own: number; readonly seen: number }): number[] {
  if (own === seen || seen === 0) return [own]
  return own === 0 ? [seen] : [own, seen]
}
