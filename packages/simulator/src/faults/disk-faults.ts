import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/** The relay's disk is full for a while. */
export const diskFull: FaultKind = {
  name: 'disk full',
  befalls: 'relay',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(2000, 10_000)
    const lastsMs = random.between(50, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        scene.disk.full = true
        scene.world.after(r.interval(lastsMs), () => {
          scene.disk.full = false
        })
      },
    }
  },
}

/** The relay is stopped and comes back on an older copy of its disk. */
export const olderCopy: FaultKind = {
  name: 'older copy put back',
  befalls: 'relay',
  probability: 0.15,
  draw(random) {
    const meanMs = random.between(4000, 12_000)
    const ageMs = random.between(200, 6000)
    return {
      meanMs,
      describe: `${every(meanMs)}, about ${ageMs.toFixed(0)} ms old`,
      strike(scene, r) {
        const copy = scene.disk.durable.copy()
        scene.world.after(r.interval(ageMs), () => {
          if (scene.phase !== 'faults') return
          scene.relay.kill('reset')
          scene.disk.restore(copy)
          scene.world.after(r.interval(200), () => scene.relay.start())
        })
      },
    }
  },
}

/** The relay is stopped and comes back on a backup from before there was any document. */
export const diskLost: FaultKind = {
  name: 'disk from before all documents',
  befalls: 'relay',
  probability: 0.1,
  draw(random) {
    const meanMs = random.between(2000, 8000)
    const downMs = random.between(50, 2000)
    return {
      meanMs,
      describe: `${every(meanMs)}, down for about ${downMs.toFixed(0)} ms`,
      strike(scene, r) {
        scene.relay.kill('reset')
        scene.disk.restore(scene.disk.blank())
        scene.world.after(r.interval(downMs), () => scene.relay.start())
      },
    }
  },
}
