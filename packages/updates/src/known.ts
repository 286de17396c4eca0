import { assert } from '@tidemark/base'
import { addRanges, type FlatRanges } from './flat-ranges.ts'
import type { AcceptedInspection } from './inspection.ts'

/**
 * What a log holds, without its content. Two replicas with the same clocks and deletions need not be equal (that is
 * what the digest is for), but an update that says nothing beyond them adds nothing.
 */
export interface Known {
  /** Next clock per client; never 0. */
  readonly clocks: Map<number, number>
  /** Deleted clocks per client, each below the client's next clock; never empty. */
  readonly deleted: Map<number, FlatRanges>
}

export function createKnown(): Known {
  return { clocks: new Map(), deleted: new Map() }
}

/**
 * Takes in an update that was just appended: changes `known` in place. The inspection must have been made with this
 * very state; if not, this throws and `known` is as before.
 */
export function learn(known: Known, inspection: AcceptedInspection): void {
  for (const { client, clock } of inspection.adds) {
    const next = known.clocks.get(client) ?? 0
    assert(clock === next, 'an update was inspected at another clock', clock, next)
  }
  for (const { client, clock, length } of inspection.adds) known.clocks.set(client, clock + length)
  addRanges(known.deleted, inspection.newDeletes)
}
