import { type Append, LogStore } from '@tidemark/log'
import { testUpdateLog } from '@tidemark/log/conformance'
import { beforeEach, describe, expect, test } from 'vitest'
import { fromMacrotask } from '../world/microtasks.ts'
import { Process } from '../world/process.ts'
import { SeededRandom } from '../world/seeded-random.ts'
import { Trace } from '../world/trace.ts'
import { World } from '../world/world.ts'
import { LogDisk, type LogDiskConditions } from './log-disk.ts'
import { openLog } from './log-handle.ts'
import type { LogMemory } from './log-witness.ts'

const conditions: LogDiskConditions = { readMs: 1, commitMs: 5, tailChance: 0, tailMs: 0 }
const lineage = 'a1'.repeat(16)
const nobody: LogMemory<null> = { nothing: null, remember: () => null, restored() {} }

let world: World
let disk: LogDisk
let witnessed: number[]

beforeEach(() => {
  world = new World(new SeededRandom(1), new Trace())
  witnessed = []
  const witness = {
    ...nobody,
    appended: (_: string, __: Append, { head }: { head: number }) => witnessed.push(head),
  }
  disk = newDisk(witness)
})

function newDisk(witness: LogMemory<null>, seed = 2): LogDisk {
  const random = new SeededRandom(seed)
  return new LogDisk(world, random, conditions, new LogStore(random.bytes(32)), witness)
}

/** The suite awaits as one does outside a simulation: time must pass by itself. */
testUpdateLog('a log on a simulated disk', async () => {
  const clock = setInterval(() => world.run(world.nowMs + 1000), 0)
  const open = () => openLog(disk, new Process(world, 'relay'))
  let log = open()
  return {
    log,
    async reopen() {
      await log.close()
      log = open()
      return log
    },
    copy() {
      const copy = disk.copy()
      return async () => {
        await log.close()
        disk.crash()
        disk.restore(copy)
        log = open()
        return log
      }
    },
    async close() {
      await log.close()
      clearInterval(clock)
    },
  }
})

const run = (ms: number): Promise<boolean> => fromMacrotask(() => world.run(world.nowMs + ms))

function entry(byte: number) {
  return { update: Uint8Array.of(byte), author: 'anna', timeMs: 0 }
}

/** Opens the log in a process of its own, and appends `count` entries one by one without waiting. */
function appending(count: number, acked: number[]): Process {
  const process = new Process(world, 'relay')
  const log = openLog(disk, process)
  void log.create('d', lineage)
  for (let after = 0; after < count; after++) {
    void log.append('d', { lineage, after, entries: [entry(after)] }).then(({ head }) => acked.push(head))
  }
  return process
}

describe('a simulated log disk', () => {
  test('answers an append only after its commit', async () => {
    const acked: number[] = []
    appending(3, acked)
    await run(2)
    expect([acked, witnessed]).toEqual([[], []])
    await run(100)
    expect(acked).toEqual([1, 2, 3])
    expect(witnessed).toEqual([1, 2, 3])
  })

  test('a crash loses what waited, keeps some first part of the commit, and tells nobody', async () => {
    const kept = new Set<number>()
    for (let seed = 0; seed < 60; seed++) {
      disk = newDisk(nobody, seed)
      const acked: number[] = []
      const process = appending(3, acked)
      await run(5)
      process.kill()
      disk.crash()
      await run(100)
      expect(acked).toEqual([])
      kept.add(disk.durable.load('d')?.head ?? -1)
    }
    // The creation was the first commit, the three appends are the next: -1 to 3 entries may have made it.
    expect([...kept].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2, 3])
  })

  test('a crash in the very moment of a commit is one of those', async () => {
    disk = newDisk(nobody)
    const acked: number[] = []
    const process = appending(1, acked)
    let crashes = 0
    disk.duringNextCommit(() => {
      crashes++
      process.kill()
      disk.crash()
    })
    await run(100)
    expect([crashes, acked]).toEqual([1, []])
  })

  test('what a dead process still asks for never happens', async () => {
    const process = new Process(world, 'relay')
    const log = openLog(disk, process)
    process.kill()
    disk.crash()
    void log.create('d', lineage)
    await run(100)
    expect(disk.durable.load('d')).toBeNull()
  })

  test('refuses what does not fit, and takes it again when there is room', async () => {
    const log = openLog(disk, new Process(world, 'relay'))
    void log.create('d', lineage)
    await run(100)
    const outcomes: string[] = []
    const append = (after: number) =>
      log.append('d', { lineage, after, entries: [entry(1)] }).then(
        ({ head }) => outcomes.push(`head ${head}`),
        (error: { code: string }) => outcomes.push(error.code),
      )
    disk.roomBytes = 0
    void append(0)
    void append(1)
    await run(100)
    disk.roomBytes = Number.POSITIVE_INFINITY
    void append(0)
    await run(100)
    // What counted on the refused one is refused with it.
    expect(outcomes).toEqual(['log/full', 'log/conflict', 'head 1'])
  })

  test.each(['commits', 'reads'] as const)(
    'when its %s fail, all that waits is told, and whatever comes later',
    async (what) => {
      const outcomes: string[] = []
      const log = openLog(disk, new Process(world, 'relay'))
      const note = <T>(answer: Promise<T>): Promise<unknown> =>
        answer.then(
          () => outcomes.push('done'),
          (error: { code: string }) => outcomes.push(error.code),
        )
      disk.failNext(what)
      void note(log.create('d', lineage))
      void note(log.load('d'))
      await run(100)
      void note(log.list(null, 1))
      await run(100)
      expect(outcomes.slice(-2)).toEqual(['log/failed', 'log/failed'])
      expect(outcomes).toHaveLength(3)
    },
  )

  test('bytes that change are found by whoever reads them, and mended', async () => {
    const process = appending(3, [])
    await run(100)
    const refusals: unknown[] = []
    disk.watch({ refused: (_, refusal) => refusals.push(refusal) })
    const copy = disk.copy()
    for (let i = 0; i < 20; i++) disk.rot(new SeededRandom(i))
    expect([disk.isIntact(), disk.isIntact(copy.store), disk.isDamaged('d')]).toEqual([false, true, true])
    void openLog(disk, process)
      .read('d', 0, 1000)
      .catch(() => {})
    await run(100)
    expect(refusals).toEqual([{ code: 'log/corrupt', document: 'd', what: 'log read' }])
    process.kill()
    disk.crash()
    disk.mend()
    expect([disk.isIntact(), disk.durable.read('d', 0, 1000).length]).toEqual([true, 3])
  })

  test('a torn write leaves an entry that nobody takes for one', async () => {
    disk = newDisk(nobody, 5)
    const process = appending(3, [])
    await run(9)
    disk.tears = true
    process.kill()
    disk.crash()
    expect(disk.isIntact()).toBe(false)
    expect(() => disk.durable.load('d')).toThrow(expect.objectContaining({ code: 'log/corrupt' }))
  })
})
