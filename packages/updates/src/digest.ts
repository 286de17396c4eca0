import { createEncoder, type Encoder, toUint8Array, write, writeVarString, writeVarUint } from 'lib0/encoding'
import { digest as sha256 } from 'lib0/hash/sha256'
import type { AbstractType, Doc } from 'yjs'
import { RunWriter } from './run-writer.ts'
import { pendingOf } from './yjs-internals.ts'
import { isEmptyType, structsOf } from './yjs-structs.ts'

/**
 * 32 bytes (SHA-256) that are equal for two replicas when they hold the same document, and differ otherwise; null while
 * Yjs holds something pending, since then the replica is no prefix of anything.
 *
 *     digest = SHA-256( format clocks and deletions (root name, contents)* )
 *
 * Equal state vectors and equal deletions do not make replicas equal: the same clocks can carry other content, or stand
 * in another order. So the digest covers the order of every list, the id of every unit in it, and what it holds. It
 * does not cover what replicas may differ in without being different: how units are grouped into items, whether
 * deleted content was collected, the order of keys, what roots were asked for, the encoding that updates came in.
 *
 * Sub-documents are documents of their own: only their guid counts.
 *
 * A replica that edits nothing can still differ: a `Y.Text` that was read *as text* removes marks that concurrent
 * formatting left without effect, as an edit of its own. Compare when all edits are in the log.
 */
export function digest(doc: Doc): Uint8Array | null {
  if (pendingOf(doc)) return null
  const encoder = createEncoder()
  write(encoder, format)
  writeStructs(encoder, doc)
  for (const [name, type] of nonEmptyRoots(doc)) {
    writeVarString(encoder, name)
    writeContents(encoder, type)
  }
  return sha256(toUint8Array(encoder))
}

/** Changes whenever equal documents would get another digest. */
const format = 1

function nonEmptyRoots(doc: Doc): [string, AbstractType<unknown>][] {
  const roots = [...doc.share] as [string, AbstractType<unknown>][]
  return roots.filter(([, type]) => !isEmptyType(type)).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Next clock and deleted runs of every client, clients ascending. */
function writeStructs(encoder: Encoder, doc: Doc): void {
  const clients = [...structsOf(doc)].filter(([, structs]) => structs.length > 0).sort(([a], [b]) => a - b)
  writeVarUint(encoder, clients.length)
  for (const [client, structs] of clients) {
    writeVarUint(encoder, client)
    writeDeletedRuns(encoder, structs)
  }
}

/** The lengths of what is there and what is deleted, in turns, then 0: a next clock is their sum. */
function writeDeletedRuns(
  encoder: Encoder,
  structs: readonly { readonly deleted: boolean; readonly length: number }[],
): void {
  let deleted = false
  let length = 0
  for (const struct of structs) {
    if (struct.deleted !== deleted) {
      // A client whose first clock is deleted begins with a length of 0, like an end: so lengths are written plus one.
      writeVarUint(encoder, length + 1)
      deleted = struct.deleted
      length = 0
    }
    length += struct.length
  }
  writeVarUint(encoder, length + 1)
  writeVarUint(encoder, 0)
}

/** A type and all types inside it, each after the one it was found in: a list, not a recursion. */
function writeContents(encoder: Encoder, root: AbstractType<unknown>): void {
  const types = [root]
  const runs = new RunWriter(encoder, types)
  for (const type of types) {
    runs.writeList(type._start)
    writeEntries(encoder, runs, type)
  }
}

function writeEntries(encoder: Encoder, runs: RunWriter, type: AbstractType<unknown>): void {
  const keys = [...type._map.keys()].sort()
  writeVarUint(encoder, keys.length)
  for (const key of keys) {
    writeVarString(encoder, key)
    runs.writeEntry(type._map.get(key) ?? null)
  }
}
