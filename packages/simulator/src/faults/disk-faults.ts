import { LogStore } from '@tidemark/log'
import type { LogCopy } from '../disk/log-disk.ts'
import type { Scene } from '../scene.ts'
import type { Notice } from '../world/network.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/**
 * The relay's disk has little room, or none, for a while: from now on, or from the midst of a commit, with all that came
 * while that ran behind it. Some disks get slow before they are full; some owners start the relay again when it says so.
 */
const diskFull: FaultKind = {
  name: 'disk full',
  befalls: 'relay',
  probability: 0.3,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const lastsMs = random.between(50, 4000)
    const commitMs = random.chance(0.5) ? null : random.between(100, 1500)
    const restarts = random.chance(0.3)
    const slowly = commitMs === null ? '' : `, commits take ${commitMs.toFixed(0)} ms then`
    const restarted = restarts ? ', and the relay is started again' : ''
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms${slowly}${restarted}`,
      strike(scene, r) {
        const { disk, world } = scene
        // Small commits may still pass when large ones do not.
        const roomBytes = r.chance(0.5) ? 0 : r.interval(500)
        const forMs = r.interval(lastsMs)
        if (commitMs !== null) slowDown(scene, commitMs, forMs)
        if (restarts) world.after(r.interval(forMs), () => restart(scene))
        if (r.chance(0.5)) leave(scene, roomBytes, forMs)
        else disk.duringNextCommit(() => leave(scene, roomBytes, forMs))
      },
    }
  },
}

/** A write, an fsync or a read fails: the relay must end itself, and is started again. */
const diskFails: FaultKind = {
  name: 'disk fails',
  befalls: 'relay',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(2000, 10_000)
    return {
      meanMs,
      describe: every(meanMs),
      strike: ({ disk }, r) => disk.failNext(r.chance(0.7) ? 'commits' : 'reads'),
    }
  },
}

/** Commits take seconds for a while. */
const slowSync: FaultKind = {
  name: 'slow fsync',
  befalls: 'relay',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(2000, 8000)
    const commitMs = random.between(300, 4000)
    const lastsMs = random.between(200, 6000)
    return {
      meanMs,
      describe: `${every(meanMs)}, ${commitMs.toFixed(0)} ms for about ${lastsMs.toFixed(0)} ms`,
      strike: (scene, r) => slowDown(scene, commitMs, r.interval(lastsMs)),
    }
  },
}

function fill(scene: Scene, random: SeededRandom, forMs: number): void {
  slowDown(scene, random.between(50, 500), forMs)
  leave(scene, random.interval(1500), forMs)
}

/** So much can still be written for a while. */
function leave({ phase, disk, world }: Scene, roomBytes: number, forMs: number): void {
  if (phase !== 'faults') return
  disk.roomBytes = roomBytes
  world.after(forMs, () => {
    disk.roomBytes = Number.POSITIVE_INFINITY
  })
}

function restart({ phase, world, relay }: Scene): void {
  if (phase !== 'faults') return
  relay.kill('reset')
  world.after(startMs, () => relay.start())
}

const startMs = 20

function slowDown(scene: Scene, commitMs: number, forMs: number): void {
  const { disk, world } = scene
  const usual = disk.conditions
  disk.conditions = { ...usual, commitMs }
  world.after(forMs, () => {
    if (scene.phase === 'faults') disk.conditions = { ...disk.conditions, commitMs: usual.commitMs }
  })
}

/** A stored bit changes. Nobody is told; whoever reads it must find it. */
const bitRot: FaultKind = {
  name: 'bit rot',
  befalls: 'relay',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(400, 6000)
    return { meanMs, describe: every(meanMs), strike: ({ disk }, r) => void disk.rot(r) }
  },
}

/** Power is lost in the middle of a commit, and the disk has written its last entry in part. */
const tornWrite: FaultKind = {
  name: 'torn write',
  befalls: 'relay',
  probability: 0.1,
  draw(random) {
    const meanMs = random.between(2000, 8000)
    return {
      meanMs,
      describe: every(meanMs),
      strike(scene, r) {
        const awayMs = r.interval(500)
        scene.disk.duringNextCommit(() => {
          if (scene.phase !== 'faults') return
          scene.disk.tears = true
          scene.relay.kill('silent')
          scene.disk.tears = false
          scene.world.after(awayMs, () => scene.relay.start())
        })
      },
    }
  },
}

/** Power is lost, and the disk had lied: what it said to have written last is gone. */
const tailLost: FaultKind = {
  name: 'unsynced tail lost',
  befalls: 'relay',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const ageMs = random.between(5, 600)
    return {
      meanMs,
      describe: `${every(meanMs)}, about ${ageMs.toFixed(0)} ms of it`,
      strike(scene, r) {
        const copy = scene.disk.copy()
        scene.world.after(r.interval(ageMs), () => putBack(scene, copy, 'silent', r.interval(100)))
      },
    }
  },
}

/**
 * The relay is stopped and comes back on an older copy of its disk. Sometimes there is little room beside that, and the
 * disk has much to do, until somebody has tidied up.
 */
const olderCopy: FaultKind = {
  name: 'older copy put back',
  befalls: 'relay',
  probability: 0.2,
  draw(random) {
    const meanMs = random.between(1000, 10_000)
    const ageMs = random.between(200, 6000)
    const untidyMs = random.pick([0, 0, 1500])
    return {
      meanMs,
      describe: `${every(meanMs)}, about ${ageMs.toFixed(0)} ms old, untidy for about ${untidyMs} ms`,
      strike(scene, r) {
        const copy = scene.disk.copy()
        scene.world.after(r.interval(ageMs), () => {
          if (untidyMs > 0 && scene.phase === 'faults') fill(scene, r, r.interval(untidyMs))
          putBack(scene, copy, 'reset', r.interval(200))
        })
      },
    }
  },
}

/** The relay is stopped and comes back on a backup from before there was any document. */
const backupFromBefore: FaultKind = {
  name: 'disk from before all documents',
  befalls: 'relay',
  probability: 0.1,
  draw(random) {
    const meanMs = random.between(2000, 8000)
    const downMs = random.between(50, 2000)
    return {
      meanMs,
      describe: `${every(meanMs)}, down for about ${downMs.toFixed(0)} ms`,
      strike: (scene, r) => putBack(scene, scene.disk.blank(), 'reset', r.interval(downMs)),
    }
  },
}

/** The relay's disk is gone without a backup: it comes back on an empty one, which has another secret. */
const diskLost: FaultKind = {
  name: 'disk lost',
  befalls: 'relay',
  probability: 0.04,
  draw(random) {
    const meanMs = random.between(4000, 12_000)
    return {
      meanMs,
      describe: every(meanMs),
      strike(scene, r) {
        const empty = { store: new LogStore(r.bytes(secretBytes)), memory: scene.log.nothing }
        putBack(scene, empty, 'silent', r.interval(500))
      },
    }
  },
}

export const diskFaults: readonly FaultKind[] = [
  diskFull,
  diskFails,
  slowSync,
  bitRot,
  tornWrite,
  tailLost,
  olderCopy,
  backupFromBefore,
  diskLost,
]

function putBack(scene: Scene, copy: LogCopy, notice: Notice, downMs: number): void {
  if (scene.phase !== 'faults') return
  scene.relay.kill(notice)
  scene.disk.restore(copy)
  scene.world.after(downMs, () => scene.relay.start())
}

/** Of a log store: by it a log knows the checks that it issued. */
const secretBytes = 32
