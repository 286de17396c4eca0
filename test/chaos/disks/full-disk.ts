import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Violation } from '@tidemark/simulator/oracle'
import { createFileSizeLimit, createTmpfs, type SmallDisk } from '../../harness/small-disk.ts'
import { holds, pause } from '../pause.ts'
import { startAnew, stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import type { Disk } from './disk.ts'
import type { DiskFaultKind } from './disk-fault.ts'
import { isSoon, soonMs } from './is-soon.ts'
import { writeLarge } from './large-edit.ts'

/** Room beyond the database: for the write-ahead log, until it is full. */
const roomBytes = 16_000_000

/**
 * FAIL1: on a full disk edits are refused for now, which the owner and the writers are told; it goes on without a
 * restart when there is room. With a file-size limit instead of a small disk, the write fails: as for an fsync.
 */
export const fullDisk: DiskFaultKind = {
  ownsRelay: true,
  async strike(stage, forMs, random, over) {
    const { relay, disk, signal } = stage
    const small = await smallDisk(disk)
    if (small === null) return false
    await moveTo(stage, small)
    await pause(random.between(0, forMs / 2), over)
    const since = relay.lines.mark()
    const { pid } = relay
    if (small.kind === 'file-size limit') relay.expectEnd()
    small.fill(pid)
    try {
      const wasTold = await writeUntil(stage, () => isTold(stage, small, since))
      if (!wasTold && !signal.aborted)
        throw new Violation('S14', `nobody was told of a full disk (${small.kind}) for ${soonMs} ms`)
      if (small.kind === 'tmpfs') await pause(random.between(0, forMs / 2), over)
    } finally {
      small.makeRoom(pid)
    }
    stage.count(`full disk: ${small.kind}`)
    if (small.kind === 'tmpfs') await requireRecovery(stage, pid)
    await startAnew(stage)
    return true
  },
}

async function smallDisk(disk: Disk): Promise<SmallDisk | null> {
  const folder = join(disk.folder, '..', 'small')
  mkdirSync(folder, { recursive: true })
  const bytes = statSync(join(disk.outside, 'tidemark.db')).size + roomBytes
  return (await createTmpfs(folder, bytes)) ?? createFileSizeLimit(folder)
}

/** The relay goes on on another disk; null: on the usual one. */
export async function moveTo(stage: Stage, small: SmallDisk | null): Promise<void> {
  const { disk } = stage
  const before = disk.small
  await stopOrderly(stage)
  disk.moveTo(small)
  await before?.close()
  await startAnew(stage, disk.place)
}

/** Everybody who uses the SDK writes something large, again and again. */
async function writeUntil({ people, documents, signal }: Stage, told: () => boolean): Promise<boolean> {
  const endMs = performance.now() + soonMs
  while (performance.now() < endMs && !signal.aborted) {
    for (const person of people) writeLarge(person, documents[0] ?? '')
    if (await holds(told, 1_000, signal)) return true
  }
  return false
}

function isTold({ relay, people }: Stage, { kind }: SmallDisk, since: number): boolean {
  if (kind === 'file-size limit') return relay.exitCode === 1 && relay.lines.told('log-failed', since)
  const codes = people.flatMap(({ tab }) =>
    [...(tab?.documents.values() ?? [])].map(({ handle }) => handle.status.error?.code),
  )
  return relay.lines.told('log-full', since) && codes.includes('log/full')
}

async function requireRecovery(stage: Stage, pid: number): Promise<void> {
  const { relay, people, signal } = stage
  if (relay.pid !== pid || !relay.isAlive) throw new Violation('FAIL1', 'the relay ended on a full disk')
  const isSaved = (): boolean =>
    people.some(({ tab }) =>
      [...(tab?.documents.values() ?? [])].some(({ handle }) => handle.status.edits === 'saved'),
    )
  if (await isSoon(stage, isSaved)) return
  if (!signal.aborted) throw new Violation('FAIL1', 'nothing is saved, though there is room again')
}
