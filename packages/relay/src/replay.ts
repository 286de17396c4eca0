import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { TidemarkError } from '@tidemark/base'
import { decodeStateVector, digest, encodeStateVector, pendingOf } from '@tidemark/updates'
import * as Y from 'yjs'
import type { Held } from './admission.ts'
import { equalBytes } from './bytes.ts'
import { createHeld, takeEntry } from './history.ts'
import { unpackEntries } from './packed-entries.ts'
import type {
  CompactedSnapshot,
  CompactJob,
  DifferencesJob,
  ReplaySource,
  SnapshotSource,
} from './replayer.ts'
import { decodeSummary, encodeSummary } from './summary.ts'

/*
 * The jobs of the replayer as functions: bytes in, bytes out. The only place of the relay that makes a Yjs document, and
 * the only one that decodes V2, which it does only with bytes that it wrote itself.
 */

/** What a snapshot may inflate to. We wrote it ourselves: this only bounds what a damaged one can do. */
const inflatedBytesMax = 1024 * 1024 * 1024

export function compact(job: CompactJob): CompactedSnapshot {
  const held = heldAt(job)
  const doc = load(job)
  const contentDigest = mustDigest(doc)
  assertSameClocks(held, doc)
  const body = deflateRawSync(Y.encodeStateAsUpdateV2(doc))
  doc.destroy()
  if (body.length > job.bytesMax)
    throw new TidemarkError('relay/overloaded', `a snapshot of ${body.length} bytes`)
  const summary = encodeSummary({ ...held, digest: contentDigest })
  verify({ seq: job.seq, summary, body }, contentDigest)
  return { summary, body }
}

/**
 * Reads a snapshot back as a replica would: nothing is cut from the log for bytes that nobody has read.
 *
 * @throws TidemarkError `log/corrupt` when its content is not the one with the digest `expected`.
 */
export function verify(snapshot: SnapshotSource, expected: Uint8Array): void {
  const doc = load({ snapshot, entries: { bytes: new Uint8Array(0), ends: new Uint32Array(0), authors: [] } })
  const found = mustDigest(doc)
  doc.destroy()
  const { digest: stored } = decodeSummary(snapshot.summary)
  if (!equalBytes(found, expected) || !equalBytes(stored, expected))
    throw corrupt('the snapshot differs from the log')
}

export function differences(job: DifferencesJob): readonly Uint8Array[] {
  const doc = load(job)
  const made = job.stateVectors.map((stateVector) => encodeDifference(doc, stateVector, job.encoding))
  doc.destroy()
  return made
}

function encodeDifference(
  doc: Y.Doc,
  stateVector: Uint8Array,
  encoding: DifferencesJob['encoding'],
): Uint8Array {
  // Yjs decodes the vector: it must be one.
  const known = decodeStateVector(stateVector) ? stateVector : undefined
  if (encoding === 'v1') return Y.encodeStateAsUpdate(doc, known)
  return deflateRawSync(Y.encodeStateAsUpdateV2(doc, known))
}

export function digestOf(source: ReplaySource): Uint8Array {
  const doc = load(source)
  const found = mustDigest(doc)
  doc.destroy()
  return found
}

function heldAt({ snapshot, entries }: ReplaySource): Held {
  const held = snapshot ? decodeSummary(snapshot.summary) : createHeld()
  for (const { update, author } of unpackEntries(entries)) takeEntry(held, update, author)
  return { known: held.known, owners: held.owners }
}

function load({ snapshot, entries }: ReplaySource): Y.Doc {
  const doc = new Y.Doc()
  // One transaction: Yjs collects what was deleted once, not after each of thousands of updates.
  doc.transact(() => {
    if (snapshot) Y.applyUpdateV2(doc, inflateRawSync(snapshot.body, { maxOutputLength: inflatedBytesMax }))
    for (const { update } of unpackEntries(entries)) Y.applyUpdate(doc, update)
  })
  if (pendingOf(doc)) throw corrupt('the log has a gap')
  return doc
}

function mustDigest(doc: Y.Doc): Uint8Array {
  const found = digest(doc)
  if (found === null) throw corrupt('the log has a gap')
  return found
}

function assertSameClocks(held: Held, doc: Y.Doc): void {
  if (!equalBytes(encodeStateVector(held.known), encodeStateVector({ clocks: clocksOf(doc) }))) {
    throw corrupt('Yjs read other clocks than the relay')
  }
}

function clocksOf(doc: Y.Doc): Map<number, number> {
  return Y.decodeStateVector(Y.encodeStateVector(doc))
}

function corrupt(message: string): TidemarkError {
  return new TidemarkError('log/corrupt', message)
}
