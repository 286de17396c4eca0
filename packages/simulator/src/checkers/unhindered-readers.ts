import type { DocumentId, Seq } from '@tidemark/base'
import type { Border, Party } from '../oracle/border.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

export interface UnhinderedFacts {
  readonly border: Border
  /** A relay that is started again has readers of its own. */
  readonly relay: { readonly nowMs: number; readonly process: object; readonly turnMsMax: number }
  readonly relayLimits: { readonly bufferedBytesMax: number }
  /** They hinder themselves: they ask for a snapshot in the midst of it all. */
  readonly strangers: readonly { readonly name: string }[]
}

/** A native session, as far as the border shows it. */
interface Reader {
  readonly party: Party
  /** The last entry that was sent, or acknowledged in its place; null: not known. */
  sentSeq: Seq | null
  /** The last commit came at the end of its turn: nothing has to be read from the log for this one. */
  isLive: boolean
  /** Bytes of all that was sent to it in the turn of `due`. */
  turnBytes: number
  /** The last entry that was committed while it had everything before, and room; and when. */
  due: { readonly seq: Seq; readonly atMs: number } | null
}

/** At the end of a turn everything is written; which of two turns a commit falls into is not seen from outside. */
const slackMs = 1.5

/**
 * L3: a slow reader delays nobody else. Whoever has everything up to an entry, and room, is sent the entry at the end of
 * the turn in which it committed, whatever the others do with theirs.
 */
export function createUnhinderedReaders({ border, relay, relayLimits, strangers }: UnhinderedFacts): Checker {
  const readers = new Map<DocumentId, Map<Party, Reader>>()
  const turnMsMax = relay.turnMsMax + slackMs

  let process: object = relay.process

  function readersOf(document: DocumentId): Map<Party, Reader> {
    if (process !== relay.process) readers.clear()
    process = relay.process
    const present = readers.get(document) ?? new Map<Party, Reader>()
    readers.set(document, present)
    return present
  }

  function sentUpTo(document: DocumentId, party: Party, seq: Seq): void {
    const reader = readersOf(document).get(party)
    if (reader === undefined) return
    reader.sentSeq = seq
    if (reader.due === null || seq < reader.due.seq) return
    requireInTime(document, reader)
    reader.isLive = relay.nowMs - reader.due.atMs <= turnMsMax
    reader.due = null
  }

  /** Whether what is due has been sent by now, or has not: it is late. */
  function requireInTime(document: DocumentId, { due, isLive, turnBytes, party }: Reader): void {
    if (due === null || !isLive) return
    const sinceMs = relay.nowMs - due.atMs
    // Other things may have filled its budget in that very turn.
    if (sinceMs <= turnMsMax || turnBytes > relayLimits.bufferedBytesMax / 4) return
    const late = `entry ${due.seq} of ${document} was not sent to ${party.principal} ${sinceMs.toFixed(1)} ms after its commit`
    throw new Violation('L3', `${late}, though it had room`)
  }

  /** It asked for a difference: what commits until that has been sent waits behind it. Null: or it wants no more. */
  function startsAnew(document: DocumentId, party: Party, seq: Seq | null): void {
    const reader = readersOf(document).get(party)
    if (reader) Object.assign(reader, { sentSeq: seq, isLive: false, due: null })
  }

  let turn = { atMs: 0, bytes: 0 }

  /** Of all that has committed at about this time, for whatever document. */
  function bytesOfTurn(bytes: number): number {
    const isSame = relay.nowMs - turn.atMs <= turnMsMax
    turn = { atMs: relay.nowMs, bytes: isSame ? turn.bytes + bytes : bytes }
    return turn.bytes
  }

  border.listen({
    committed(document, head, bytes) {
      const isLarge = bytesOfTurn(bytes) > relayLimits.bufferedBytesMax / 4
      for (const reader of readersOf(document).values()) {
        // Who is never sent anything any more is found out by what commits next.
        requireInTime(document, reader)
        const { due, party } = reader
        if (isLarge || party.bufferedBytes() > relayLimits.bufferedBytesMax / 4) reader.isLive = false
        if (due !== null || reader.sentSeq !== head - 1) continue
        reader.due = { seq: head, atMs: relay.nowMs }
        reader.turnBytes = 0
      }
    },
    turnsAway: (party, document) => startsAnew(document, party, null),
    gone(party) {
      for (const of of readers.values()) of.delete(party)
    },
    frameSent(party, bytes) {
      for (const of of readers.values()) {
        const reader = of.get(party)
        if (reader?.due && relay.nowMs - reader.due.atMs <= turnMsMax) reader.turnBytes += bytes
      }
    },
    sent({ party, document, message }) {
      if (document === null || strangers.some(({ name }) => name === party.principal)) return
      switch (message.type) {
        case 'opened':
          readersOf(document).set(party, { party, sentSeq: null, isLive: false, turnBytes: 0, due: null })
          return
        case 'closed':
          readersOf(document).delete(party)
          return
        case 'snapshot-part':
          return startsAnew(document, party, message.seq)
        case 'entries':
          return sentUpTo(document, party, message.first + message.updates.length - 1)
        case 'ack':
          return message.last >= message.first ? sentUpTo(document, party, message.last) : undefined
        default:
          return
      }
    },
  })
  return {}
}
