import { deflateRawSync } from 'node:zlib'
import type { DocumentId } from '@tidemark/base'
import { relayLimitsDefault } from '@tidemark/relay'
import * as Y from 'yjs'
import type { DocumentTruth, LogTruth } from '../oracle/log-truth.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Process } from '../world/process.ts'

/** What strangers sent long ago may still arrive: then it was not quiet. */
const timesMax = 5

/** A document whose snapshot would be larger than allowed is not compacted; nor is one that was so when last tried. */
const roundly = 0.7

/** For a compaction to read, build, write and trim on a disk that works. */
const compactionMs = 4_000
/** Jobs of the replayer before it is a document's turn: differences for those who ask, and other documents. */
const replaysBefore = 30
/** For a relay to start, and for people to find it again. */
const comeBackMs = 20_000

/** After so many times of quiet a compaction is tried again for which there was no room. */
const quietsForRoom = 4

/** The latest, and the one before. */
const snapshotsMax = 2

/**
 * L6: after quiescence the log's tail is bounded by the policy of compaction: so many entries beyond the latest snapshot
 * as it leaves alone, and none that the snapshot before stands for. Call what is returned when nobody acts any more.
 */
export function watchTails(scene: Scene): () => void {
  const { disk, relay } = scene
  /** Who wrote the latest snapshot, and whether it may have been kept from cutting off what it no more needs. */
  const written = new Map<DocumentId, { readonly by: Process; isHindered: boolean }>()
  disk.watch({
    snapshotWritten: (document) => void written.set(document, { by: relay.process, isHindered: false }),
    refused(_process, { document }) {
      for (const [of, last] of written) if (document === null || document === of) last.isHindered = true
    },
  })

  function requireTrimmed(document: DocumentId): void {
    const last = written.get(document)
    const { rows } = disk.durable
    const stored = rows.snapshots(rows.document(document)?.id ?? 0)
    if (stored.length > snapshotsMax)
      throw new Violation('L6', `${document}: ${stored.length} snapshots are kept, at rest`)
    // Whoever was stopped between the two cuts off when it makes the next one.
    if (!last || last.isHindered || last.by !== relay.process || disk.isDamaged(document)) return
    const before = stored[1]?.seq ?? 0
    const floor = disk.durable.load(document)?.floor ?? 0
    if (floor < before)
      throw new Violation('L6', `${document}: entries ${floor + 1} to ${before} are kept, and not needed`)
  }

  let noRoomMs = Number.NEGATIVE_INFINITY
  relay.watch(({ type }) => {
    if (type === 'compaction-failed') noRoomMs = scene.world.nowMs
  })

  return () => {
    const { compactQuietMs } = { ...relayLimitsDefault, ...scene.limits }
    // There is room by now, which a relay finds out by trying.
    scene.world.run(Math.max(scene.world.nowMs, noRoomMs + quietsForRoom * compactQuietMs))
    requireTailsBounded(scene)
    for (const document of scene.log.documents.keys()) requireTrimmed(document)
  }
}

function requireTailsBounded({ world, disk, log, limits, relay }: Scene): void {
  const { compactQuietMs, compactQuietEntriesMin, compactEntriesMax, snapshotBytesMax } = {
    ...relayLimitsDefault,
    ...limits,
  }
  world.record('world', 'waiting', 'quiescence')
  const usualMs = compactionMs + replaysBefore * relay.replayMs
  for (let times = 0, ms = usualMs; times < timesMax; times++) {
    const [before, { process }] = [headsOf(log), relay]
    // The relay looks whether it is quiet once in so long a time.
    world.run(world.nowMs + 2 * compactQuietMs + ms)
    if (headsOf(log) === before && relay.process === process) break
    // An owner who repairs a disk restarts it, and people come back.
    ms = relay.process === process ? usualMs : usualMs + comeBackMs
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
