import { inflateRawSync } from 'node:zlib'
import type { DocumentId } from '@tidemark/base'
import type { Ack, Push, SnapshotPart } from '@tidemark/protocol'
import * as Y from 'yjs'
import { principalOf } from '../oracle/author.ts'
import type { Party } from '../oracle/border.ts'
import { Contents, type Effect, effectOf, type Range } from '../oracle/contents.ts'
import type { DocumentTruth } from '../oracle/log-truth.ts'
import { ReadThrough } from '../oracle/read-through.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/** What a session pushed. */
interface Pushed {
  /** By batch: neither acknowledged nor refused. */
  readonly waiting: Map<number, Push>
  /** There was a gap: what comes is dropped until a push stands for all that was. */
  isDropping: boolean
  /** What it said last that it has: an answer made for it holds what it lacks. */
  has: readonly Range[]
}

/**
 * S2, where words leave the relay. An ack: all that its session pushed up to that batch and was not told to be refused is
 * durable at that very moment, and lies within what the session has been sent, so that its cursor proves a loss of it [R3];
 * and the seqs that it names are of who is told so. A snapshot: with what its reader said to have it holds every entry up
 * to the seq that it names.
 */
export function createWholeWhenTold({
  border,
  log,
  strangers,
}: Pick<Scene, 'border' | 'log' | 'strangers'>): Checker {
  const pushed = new WeakMap<Party, Map<number, Pushed>>()
  const read = new ReadThrough(border)
  const parts = new WeakMap<Party, Map<number, Uint8Array[]>>()

  function of(party: Party, session: number): Pushed {
    const sessions = pushed.get(party) ?? new Map<number, Pushed>()
    pushed.set(party, sessions)
    const batches = sessions.get(session) ?? { waiting: new Map(), isDropping: false, has: [] }
    sessions.set(session, batches)
    return batches
  }

  function takePush(party: Party, push: Push): void {
    const session = of(party, push.session)
    if (push.recovery) session.isDropping = false
    if (!session.isDropping) session.waiting.set(push.batch, push)
  }

  function drop(session: Pushed, from: number): void {
    session.isDropping = true
    for (const batch of session.waiting.keys()) if (batch >= from) session.waiting.delete(batch)
  }

  function acked(party: Party, document: DocumentId, { session, batch, first, last, check }: Ack): void {
    const what = `${document}: batch ${batch} of ${party.principal}`
    const { waiting } = of(party, session)
    // Who says again that what has a gap stands for all before, and says it in vain, was not told of each.
    if (strangers.some(({ name }) => name === party.principal)) waiting.clear()
    for (const [number, push] of waiting) {
      if (number > batch) continue
      waiting.delete(number)
      if (log.isHarmed(document)) continue
      const effect = effectOf(push.update)
      if (!log.has({ document, effect }))
        throw new Violation('S2', `${what} is acknowledged, and ${number} is not in the log`)
      if (last < first) requireRead(party, document, session, effect)
    }
    if (last < first) return
    const own = log.of(document)?.entries.slice(first - 1, last) ?? []
    const areOwn = own.every(({ author }) => principalOf(author) === party.principal)
    if (own.length === last - first + 1 && own.at(-1)?.check === check && areOwn) return
    throw new Violation('S2', `${what} is acknowledged as ${first} to ${last}, which are not its entries`)
  }

  function requireRead(party: Party, document: DocumentId, session: number, effect: Effect): void {
    const through = read.of(party, session)
    const ahead = through === null ? [] : (log.of(document)?.entries.slice(through) ?? [])
    const beyond = ahead.find((entry) => overlap(entry.effect, effect))
    if (beyond === undefined) return
    throw new Violation(
      'R3',
      `${document}: ${party.principal} is told that ${beyond.seq} is durable, and was sent no more than ${through}`,
    )
  }

  function snapshotPart(party: Party, document: DocumentId, part: SnapshotPart): void {
    const ofParty = parts.get(party) ?? new Map<number, Uint8Array[]>()
    parts.set(party, ofParty)
    const all = part.offset === 0 ? [] : (ofParty.get(part.session) ?? [])
    ofParty.set(part.session, all)
    all.push(part.bytes.slice())
    if (part.offset + part.bytes.length < part.totalBytes) return
    ofParty.delete(part.session)
    const truth = log.of(document)
    if (truth === undefined || log.isHarmed(document)) return
    const bytes = Buffer.concat(all)
    const contents = new Contents()
    contents.learn({ structs: of(party, part.session).has, deletes: [] })
    contents.learn(part.encoding === 'v1' ? effectOf(bytes) : effectOf(inflateRawSync(bytes), 2))
    requireWhole(truth, document, part, contents)
  }

  border.listen({
    pushes: takePush,
    saysState(party, { session, stateVector }) {
      of(party, session).has = rangesOf(stateVector)
    },
    opens: (party, session) => void pushed.get(party)?.delete(session),
    sent({ party, document, message }) {
      if (document === null) return
      if (message.type === 'ack') acked(party, document, message)
      else if (message.type === 'snapshot-part') snapshotPart(party, document, message)
      else if (message.type === 'refused') of(party, message.session).waiting.delete(message.batch)
      else if (message.type === 'resync') drop(of(party, message.session), message.batch)
    },
  })
  return {}
}

function requireWhole(
  { entries }: DocumentTruth,
  document: DocumentId,
  { seq, check }: SnapshotPart,
  contents: Contents,
): void {
  if (seq > 0 && entries[seq - 1]?.check !== check)
    throw new Violation('S2', `a snapshot of ${document} at ${seq} is sent, which is not its log's`)
  const lacks = entries.slice(0, seq).find((entry) => !contents.has(entry.effect))
  if (lacks === undefined) return
  throw new Violation('S2', `the snapshot of ${document} that is sent at ${seq} lacks entry ${lacks.seq}`)
}

function overlap(a: Effect, b: Effect): boolean {
  return a.structs.some((one) =>
    b.structs.some(
      (other) =>
        one.client === other.client &&
        one.clock < other.clock + other.length &&
        other.clock < one.clock + one.length,
    ),
  )
}

/** Strangers send state vectors that are none. */
function rangesOf(stateVector: Uint8Array): readonly Range[] {
  try {
    return Array.from(Y.decodeStateVector(stateVector), ([client, length]) => ({ client, clock: 0, length }))
  } catch {
    return []
  }
}
