import type { FaultKind } from './fault.ts'
import { every } from './network-faults.ts'

/** kill -9 of the relay, or of its machine; it comes back with what its disk holds. */
export const relayCrash: FaultKind = {
  name: 'relay crash',
  befalls: 'relay',
  probability: 0.45,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const downMs = random.between(10, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, down for about ${downMs.toFixed(0)} ms`,
      strike(scene, r) {
        const notice = r.chance(0.7) ? 'reset' : 'silent'
        const awayMs = r.interval(downMs)
        const crash = (): void => {
          if (scene.phase !== 'faults') return
          scene.relay.kill(notice)
          scene.world.after(awayMs, () => scene.relay.start())
        }
        if (r.chance(0.5)) crash()
        else scene.disk.duringNextCommit(crash)
      },
    }
  },
}

/** The relay is told to end, as whenever another version of it is put in its place. */
export const relayStop: FaultKind = {
  name: 'relay stop',
  befalls: 'relay',
  probability: 0.2,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const downMs = random.between(10, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, down for about ${downMs.toFixed(0)} ms`,
      strike({ world, relay }, r) {
        const awayMs = r.interval(downMs)
        relay.stop(() => world.after(awayMs, () => relay.start()))
      },
    }
  },
}

/** The relay's process stands still for a while: a busy machine, SIGSTOP, a long pause of the garbage collector. */
export const relayPause: FaultKind = {
  name: 'relay pause',
  befalls: 'relay',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(10, 20_000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        scene.world.after(r.interval(lastsMs), scene.relay.process.pause())
      },
    }
  },
}

/** A tab dies without a chance to say anything, and is opened again on what its device holds. */
export const tabKill: FaultKind = {
  name: 'tab kill',
  befalls: 'people',
  probability: 0.4,
  draw(random) {
    const meanMs = random.between(800, 8000)
    const awayMs = random.between(10, 4000)
    return {
      meanMs,
      describe: `${every(meanMs)}, away for about ${awayMs.toFixed(0)} ms`,
      strike(scene, r) {
        const person = r.pick(scene.peopleAtRisk)
        const { tab } = person
        const forMs = r.interval(awayMs)
        const kill = (): void => {
          if (!scene.peopleAtRisk.includes(person)) return
          tab?.kill('reset')
          scene.world.after(forMs, () => person.openTab())
        }
        if (r.chance(0.5)) kill()
        else person.device.store.afterNextWrite(kill)
      },
    }
  },
}

/** A tab in the background stops running. */
export const tabFreeze: FaultKind = {
  name: 'tab freeze',
  befalls: 'people',
  probability: 0.25,
  draw(random) {
    const meanMs = random.between(1500, 8000)
    const lastsMs = random.between(10, 30_000)
    return {
      meanMs,
      describe: `${every(meanMs)}, for about ${lastsMs.toFixed(0)} ms`,
      strike(scene, r) {
        const release = r.pick(scene.peopleAtRisk).tab?.process.pause()
        scene.world.after(r.interval(lastsMs), () => release?.())
      },
    }
  },
}

/** Somebody sets a clock. */
export const clockJump: FaultKind = {
  name: 'clock jump',
  befalls: 'people',
  probability: 0.2,
  draw(random) {
    const meanMs = random.between(2000, 8000)
    return {
      meanMs,
      describe: every(meanMs),
      strike(scene, r) {
        const isRelays = scene.phase === 'faults' && r.chance(0.5)
        const { clock } = isRelays ? scene.relay : r.pick(scene.peopleAtRisk).device
        clock.jump(r.between(-86_400_000, 86_400_000))
      },
    }
  },
}
