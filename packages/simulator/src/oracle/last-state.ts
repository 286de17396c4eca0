import type { LogDisk } from '../disk/log-disk.ts'
import type { StoreDisk } from '../disk/store-disk.ts'
import { hashBytes, hashText } from '../world/seeded-random.ts'
import type { Trace } from '../world/trace.ts'
import type { Ledger } from './ledger.ts'
import type { LogTruth } from './log-truth.ts'

export interface Ended {
  readonly trace: Trace
  readonly disk: Pick<LogDisk, 'durable'>
  readonly log: Pick<LogTruth, 'documents'>
  readonly ledger: Pick<Ledger, 'edits'>
  readonly devices: Iterable<{ readonly name: string; readonly store: Pick<StoreDisk, 'history'> }>
  readonly counts: ReadonlyMap<string, number>
}

/**
 * Lets the hash of a run see where it ended: what lies on the relay's disk, row by row, what the log ought to hold, what
 * was written to each device and when, what was promised, what was counted. Of what no line of a trace tells, all leads
 * to one of these or to another order of the steps.
 */
export function takeLastState({ trace, disk, log, ledger, devices, counts }: Ended): void {
  const mix = (value: unknown): void => mixInto(trace, value)
  const { rows } = disk.durable
  for (const name of rows.names('', Number.MAX_SAFE_INTEGER)) {
    const { id, lineage, crc } = rows.document(name) as NonNullable<ReturnType<typeof rows.document>>
    mix([name, lineage, crc, rows.firstSeq(id)])
    const first = rows.firstSeq(id) ?? 0
    for (let seq = first, entry = rows.entry(id, seq); entry; entry = rows.entry(id, ++seq))
      mix([entry.seq, entry.crc])
    for (const snapshot of rows.snapshots(id)) mix([snapshot.seq, snapshot.crc, snapshot.body_crc])
  }
  for (const [document, { lineage, head, check }] of log.documents) mix([document, lineage, head, check])
  for (const { name, store } of devices) mix([name, store.history])
  for (const { promisedOnDevice, promisedSaved, reachedLog, takenFromDevice } of ledger.edits)
    mix([promisedOnDevice, promisedSaved, reachedLog, takenFromDevice])
  mix(counts)
}

function mixInto(trace: Trace, value: unknown): void {
  if (typeof value === 'number') trace.mix(value)
  else if (typeof value === 'boolean') trace.mix(value ? 1 : 0)
  else if (typeof value === 'string') trace.mix(hashText(value))
  else if (value instanceof Uint8Array) trace.mix(hashBytes(value))
  else if (value === null || value === undefined) trace.mix(-1)
  else if (Symbol.iterator in Object(value))
    for (const each of value as Iterable<unknown>) mixInto(trace, each)
  else for (const entry of Object.entries(value)) mixInto(trace, entry)
}
