import { inflateRawSync } from 'node:zlib'
import type { DocumentId, ErrorCode } from '@tidemark/base'
import type { Closed, Entries, RelayMessage, SnapshotPart } from '@tidemark/protocol'
import * as Y from 'yjs'
import type { AccessTruth } from '../oracle/access-truth.ts'
import type { Border, Party, Sent } from '../oracle/border.ts'
import { effectOf } from '../oracle/contents.ts'
import type { Ledger } from '../oracle/ledger.ts'
import type { LogTruth } from '../oracle/log-truth.ts'
import type { StockMessage } from '../oracle/stock-frame.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

export interface IsolationFacts {
  readonly border: Border
  readonly accessTruth: AccessTruth
  readonly ledger: Ledger
  readonly log: LogTruth
}

/**
 * S7: what leaves the relay about a document reaches only those who may read it, and is of that document: entries are
 * the log's own, snapshots hold nothing that the log does not, state vectors and presence name nobody of another
 * document.
 *
 * S8: nothing reaches those who may read no more, once the relay has had its time to notice, and nothing follows the
 * word that a session is over.
 */
export function createIsolation({ border, accessTruth, ledger, log }: IsolationFacts): Checker {
  const snapshots = new WeakMap<Party, Map<DocumentId, Uint8Array[]>>()

  function requireOwnClients(document: DocumentId, stateVector: Uint8Array): void {
    for (const client of Y.decodeStateVector(stateVector).keys()) {
      const other = ledger.documentOf(client)
      if (other !== undefined && other !== document)
        throw new Violation('S7', `a state vector of ${document} names a client of ${other}`)
    }
  }

  function requireContained(document: DocumentId, update: Uint8Array, version: 1 | 2): void {
    if (log.isHarmed(document) || log.has({ document, effect: effectOf(update, version) })) return
    throw new Violation('S7', `what is sent of ${document} is not in its log`)
  }

  function snapshotPart(party: Party, document: DocumentId, part: SnapshotPart): void {
    const documents = snapshots.get(party) ?? new Map<DocumentId, Uint8Array[]>()
    snapshots.set(party, documents)
    const parts = part.offset === 0 ? [] : (documents.get(document) ?? [])
    documents.set(document, parts)
    parts.push(part.bytes.slice())
    if (part.offset + part.bytes.length < part.totalBytes) return
    const bytes = Buffer.concat(parts)
    if (part.encoding === 'v2-deflate') requireContained(document, inflateRawSync(bytes), 2)
    else requireContained(document, bytes, 1)
  }

  function entries(document: DocumentId, { check, updates }: Entries): void {
    let at = check
    for (const update of [...updates].reverse()) {
      const entry = log.entry(at)
      if (entry?.document !== document || !sameBytes(entry.update, update))
        throw new Violation('S7', `an entry that is sent of ${document} is not its log's`)
      at = entry.before
    }
  }

  function content(party: Party, document: DocumentId, message: RelayMessage): void {
    switch (message.type) {
      case 'opened':
        if (message.resume.kind === 'resync') requireOwnClients(document, message.resume.stateVector)
        return
      case 'resync':
        return requireOwnClients(document, message.stateVector)
      case 'entries':
        return entries(document, message)
      case 'snapshot-part':
        return snapshotPart(party, document, message)
      case 'presence-changed':
        for (const { state } of message.entries) requirePresenceOf(document, Buffer.from(state).toString())
        return
      default:
        return
    }
  }

  function requireAllowed(
    { party, document, isLate }: Sent<unknown> & { document: DocumentId },
    what: string,
  ): void {
    const where = `${what} of ${document} is sent to ${party.principal} (connection ${party.number})`
    if (isLate) throw new Violation('S8', `${where} after it was told that its session is over`)
    const may = accessTruth.mayReceive(party.principal, document)
    if (may === 'lost') throw new Violation('S8', `${where}, who may not read it any more`)
    if (may === 'never') throw new Violation('S7', `${where}, who may not read it`)
  }

  /** That a session is over may always be said; to whoever may not read it not why, when that is of the document. */
  function requireSilent({ principal }: Party, document: DocumentId, { code }: Closed): void {
    if (saysOfDocument.has(code) && accessTruth.mayReceive(principal, document) !== 'yes')
      throw new Violation('S7', `${principal}, who may not read ${document}, is told ${code}`)
  }

  function stockContent(document: DocumentId, message: StockMessage): void {
    switch (message.type) {
      case 'step1':
        return requireOwnClients(document, message.bytes)
      case 'step2':
      case 'update':
        return requireContained(document, message.bytes, 1)
      case 'awareness':
        for (const { state } of message.entries) requirePresenceOf(document, state)
        return
      case 'denied':
      case 'query':
        return
    }
  }

  border.listen({
    sentStock({ party, document, isLate, message }) {
      if (document === null || saysNothing(message)) return
      requireAllowed({ party, document, isLate, message }, message.type)
      stockContent(document, message)
    },
    sent({ party, document, isLate, message }) {
      if (document === null) return
      if (message.type === 'closed') return requireSilent(party, document, message)
      requireAllowed({ party, document, isLate, message }, message.type)
      content(party, document, message)
    },
  })
  return {}
}

/** What it takes a look into the document, or at its history, to know. */
const saysOfDocument: ReadonlySet<ErrorCode> = new Set([
  'document/unknown',
  'document/other-lineage',
  'document/halted',
  'document/deleted',
  'log/full',
  'log/failed',
  'log/corrupt',
  'log/conflict',
])

/** A sign of life, or a refusal: neither is about the document. */
function saysNothing(message: StockMessage): boolean {
  return message.type === 'denied' || (message.type === 'awareness' && message.entries.length === 0)
}

/** People of this world say in their presence where they are; strangers say anything. */
function whereOf(state: string): string | undefined {
  try {
    return (JSON.parse(state) as { in?: string } | null)?.in
  } catch {
    return undefined
  }
}

function requirePresenceOf(document: DocumentId, state: string): void {
  const where = whereOf(state)
  if (where !== undefined && where !== document)
    throw new Violation('S7', `presence in ${where} is shown in ${document}`)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
