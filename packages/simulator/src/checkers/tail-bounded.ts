import { deflateRawSync } from 'node:zlib'
import { relayLimitsDefault } from '@tidemark/relay'
import * as Y from 'yjs'
import type { DocumentTruth, LogTruth } from '../oracle/log-truth.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'

/** What strangers sent long ago may still arrive: then it was not quiet. */
const timesMax = 5

/** A document whose snapshot would be larger than allowed is not compacted; nor is one that was so when last tried. */
const roundly = 0.7

/** For a compaction to read, build, write and trim on a disk that works. */
const compactionMs = 4_000
/** For a relay to start, and for people to find it again. */
const comeBackMs = 20_000

/**
 * L6: after quiescence the log's tail is bounded by the policy of compaction: so many entries beyond the latest snapshot
 * as it leaves alone, and not more than two such tails in all, since the previous snapshot's entries are kept.
 */
export function requireTailsBounded({ world, disk, log, limits, relay }: Scene): void {
  const { compactQuietMs, compactQuietEntriesMin, compactEntriesMax, snapshotBytesMax } = {
    ...relayLimitsDefault,
    ...limits,
  }
  world.record('world', 'waiting', 'quiescence')
  for (let times = 0, ms = compactionMs; times < timesMax; times++) {
    const [before, { process }] = [headsOf(log), relay]
    // The relay looks whether it is quiet once in so long a time.
    world.run(world.nowMs + 2 * compactQuietMs + ms)
    if (headsOf(log) === before && relay.process === process) break
    // An owner who repairs a disk restarts it, and people come back.
    ms = relay.process === process ? compactionMs : comeBackMs
  }
  const entriesMax = Math.min(compactQuietEntriesMin, compactEntriesMax)
  for (const [document, truth] of log.documents) {
    // What Yjs fails on is not compacted.
    if (log.isHarmed(document)) continue
    const state = disk.durable.load(document)
    const tail = (state?.head ?? 0) - (state?.snapshot?.seq ?? 0)
    if (tail < entriesMax || snapshotBytesOf(truth) > snapshotBytesMax * roundly) continue
    throw new Violation('L6', `${document}: ${tail} entries lie beyond the snapshot, at rest`)
  }
}

function headsOf({ documents }: LogTruth): string {
  return Array.from(documents.values(), ({ head }) => head).join(' ')
}

function snapshotBytesOf({ reference }: DocumentTruth): number {
  return deflateRawSync(Y.encodeStateAsUpdateV2(reference)).length
}
