import { TidemarkError } from '@tidemark/base'
import { createEncoder, type Encoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import type { FlatRanges } from './flat-ranges.ts'
import { createKnown, type Known } from './known.ts'
import { clockMax } from './limits.ts'
import { Reader, Refusal } from './reader.ts'

/*
 * known    = version(1) count (client clock)* count (client deletions)*
 * deletions = count (gap length)*
 *
 * All numbers are lib0's unsigned ones. Clients ascend and are written as the distance to the one before, minus one
 * (the first as it is); `gap` is the distance from the end of the run before, 0 only for a run that begins at clock 0.
 */
const version = 1

/** `known` as bytes, the same for equal states. For the summary of a snapshot: the log keeps its integrity. */
export function encodeKnown(known: Known): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, version)
  writeByClient(encoder, known.clocks, writeVarUint)
  writeByClient(encoder, known.deleted, writeRanges)
  return toUint8Array(encoder)
}

function writeByClient<T>(
  encoder: Encoder,
  byClient: Map<number, T>,
  write: (encoder: Encoder, value: T) => void,
): void {
  writeVarUint(encoder, byClient.size)
  let next = 0
  for (const [client, value] of [...byClient].sort((a, b) => a[0] - b[0])) {
    writeVarUint(encoder, client - next)
    write(encoder, value)
    next = client + 1
  }
}

function writeRanges(encoder: Encoder, ranges: FlatRanges): void {
  writeVarUint(encoder, ranges.length / 2)
  let end = 0
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i] as number
    writeVarUint(encoder, start - end)
    end = ranges[i + 1] as number
    writeVarUint(encoder, end - start)
  }
}

/** @throws TidemarkError `log/corrupt` when the bytes are not what `encodeKnown` writes. */
export function decodeKnown(bytes: Uint8Array): Known {
  try {
    return readKnown(new Reader(bytes))
  } catch (error) {
    if (error instanceof Refusal)
      throw new TidemarkError('log/corrupt', `summary of a snapshot: ${error.message}`)
    throw error
  }
}

function readKnown(reader: Reader): Known {
  const found = reader.varUint()
  if (found !== version) throw new TidemarkError('log/corrupt', `summary of a snapshot: version ${found}`)
  const known = createKnown()
  readByClient(reader, known.clocks, readClock)
  readByClient(reader, known.deleted, (_, client) => readRanges(reader, known.clocks.get(client) ?? 0))
  if (reader.remaining > 0) reader.refuse('trailing-bytes', 'bytes after the end')
  return known
}

function readByClient<T>(
  reader: Reader,
  byClient: Map<number, T>,
  read: (reader: Reader, client: number) => T,
): void {
  const count = reader.count(2)
  let next = 0
  for (let i = 0; i < count; i++) {
    const client = next + reader.varUint()
    if (client > Number.MAX_SAFE_INTEGER) reader.refuse('number-too-large', 'a client above 2^53 - 1')
    byClient.set(client, read(reader, client))
    next = client + 1
  }
}

function readClock(reader: Reader): number {
  const clock = reader.varUint()
  if (clock === 0 || clock > clockMax) reader.refuse('clock-too-large', `next clock ${clock}`)
  return clock
}

function readRanges(reader: Reader, clock: number): FlatRanges {
  const count = reader.count(2)
  const ranges: FlatRanges = []
  let end = 0
  for (let i = 0; i < count; i++) {
    const gap = reader.varUint()
    const start = end + gap
    end = start + reader.varUint()
    if ((gap === 0 && i > 0) || end === start || end > clock)
      reader.refuse('delete-order', `deleted ${start} to ${end}`)
    ranges.push(start, end)
  }
  if (count === 0) reader.refuse('empty-section', 'a client without deletions')
  return ranges
}
