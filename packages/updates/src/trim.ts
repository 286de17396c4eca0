import { sometimes } from '@tidemark/base/sometimes'
import { createEncoder, type Encoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'
import { diffUpdate } from 'yjs'
import type { AcceptedInspection } from './inspection.ts'
import type { ClientRange } from './ranges.ts'
import { encodeStateVector } from './state-vector.ts'

/**
 * What of `update` is new, by its inspection: known clocks are cut off, whatever content they carry here (the first
 * writer of a clock wins), and known deletions are left out. Returns `update` itself when all of it is new.
 *
 * Meant for the rare update that repeats something: Yjs decodes and encodes the structs when some of them are known.
 */
export function trim(update: Uint8Array, inspection: AcceptedInspection): Uint8Array {
  const { overlap, deletes, newDeletes, deletesOffset } = inspection
  const deletionsAreNew = clocksIn(newDeletes) === clocksIn(deletes)
  if (overlap === 'none' && deletionsAreNew) return update
  if (overlap !== 'none') sometimes('an update is cut because the log has a part of it')
  if (!deletionsAreNew) sometimes('deletions are left out because the log has them')
  const encoder = createEncoder()
  writeUint8Array(encoder, newStructs(update, inspection))
  if (deletionsAreNew) writeUint8Array(encoder, update.subarray(deletesOffset))
  else writeDeletes(encoder, newDeletes)
  return toUint8Array(encoder)
}

function clocksIn(ranges: readonly ClientRange[]): number {
  return ranges.reduce((sum, range) => sum + range.length, 0)
}

/** The sections of the update without what is known; everything up to the delete set. */
function newStructs(
  update: Uint8Array,
  { structs, adds, overlap, deletesOffset }: AcceptedInspection,
): Uint8Array {
  if (overlap === 'none') return update.subarray(0, deletesOffset)
  const clocks = new Map<number, number>()
  for (const { client, clock, length } of structs) clocks.set(client, clock + length)
  for (const { client, clock } of adds) clocks.set(client, clock)
  const difference = diffUpdate(update, encodeStateVector({ clocks }))
  // The delete set goes through `diffUpdate` unchanged, so its length in bytes tells where it begins.
  return difference.subarray(0, difference.length - (update.length - deletesOffset))
}

function writeDeletes(encoder: Encoder, ranges: readonly ClientRange[]): void {
  const byClient = new Map<number, ClientRange[]>()
  for (const range of ranges) {
    const others = byClient.get(range.client)
    if (others === undefined) byClient.set(range.client, [range])
    else others.push(range)
  }
  writeVarUint(encoder, byClient.size)
  for (const [client, own] of byClient) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, own.length)
    for (const { clock, length } of own) {
      writeVarUint(encoder, clock)
      writeVarUint(encoder, length)
    }
  }
}
