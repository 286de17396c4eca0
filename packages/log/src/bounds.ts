import { assert, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import type { Append, Snapshot } from './update-log.ts'

// The refusals every log shares, so that each says the same in the same case.

export function conflict(message: string): TidemarkError {
  return new TidemarkError('log/conflict', message)
}

export function corrupt(message: string): TidemarkError {
  return new TidemarkError('log/corrupt', message)
}

/** What only a mistake in the caller's program can break. */
export function assertLineage(lineage: Lineage): void {
  assert(/^[0-9a-f]{32}$/.test(lineage), 'a lineage is 32 lower-case hex digits')
}

/** See `assertLineage`. */
export function assertTimes(append: Append): void {
  for (const { timeMs } of append.entries) assert(Number.isFinite(timeMs), 'timeMs is a finite number')
}

/** See `assertLineage`. */
export function assertSeq(seq: Seq): void {
  assert(Number.isSafeInteger(seq) && seq >= 0, 'a seq is an integer, 0 or above')
}

/** See `assertLineage`. */
export function assertSnapshot({ seq, check, timeMs }: Snapshot): void {
  assertSeq(seq)
  assert(/^[0-9a-f]{32}$/.test(check), 'a check is 32 lower-case hex digits')
  assert(Number.isFinite(timeMs), 'timeMs is a finite number')
}

/** @throws `log/conflict` unless the document exists and has this lineage. */
export function requireLineage(actual: Lineage | undefined, wanted: Lineage): void {
  if (actual === undefined) throw noDocument()
  if (actual !== wanted) throw conflict('the document has another lineage')
}

export function noDocument(): TidemarkError {
  return conflict('the document does not exist')
}

/** @throws `log/conflict` unless an append that follows `after` follows the head. */
export function requireHead(head: Seq, after: Seq): void {
  if (head !== after) throw conflict(`the head is ${head}, not ${after}`)
}

/** @throws RangeError unless entries after this seq can be read. */
export function requireReadable(after: Seq, floor: Seq, head: Seq): void {
  if (after >= floor && after <= head) return
  throw new RangeError(
    `entries after ${after} were asked for; the log has those after ${floor} up to ${head}`,
  )
}

/** @throws `log/conflict` unless a snapshot at `seq` may follow the latest one. */
export function requireNewer(seq: Seq, latest: Seq, head: Seq): void {
  if (seq <= latest || seq > head)
    throw conflict(`a snapshot at ${seq} does not lie above ${latest} and up to ${head}`)
}
