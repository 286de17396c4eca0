import { setMaxListeners } from 'node:events'
import type { SeededRandom } from '@tidemark/simulator/oracle'
import type { Person } from './cast/person.ts'
import { damagedEntry } from './disks/damaged-entry.ts'
import { damagedSnapshot } from './disks/damaged-snapshot.ts'
import type { DiskFaultKind } from './disks/disk-fault.ts'
import { failingFsync } from './disks/failing-fsync.ts'
import { fullDisk } from './disks/full-disk.ts'
import { olderFile } from './disks/older-file.ts'
import { slowFsync } from './disks/slow-fsync.ts'
import { rage, type Storm } from './faults/fault.ts'
import { networkFaults } from './faults/network-faults.ts'
import { processFaults } from './faults/process-faults.ts'
import { tabFaults } from './faults/tab-faults.ts'
import { pause } from './pause.ts'
import { live } from './people.ts'
import type { DiskFault, Round } from './plan.ts'
import { comeToRest, heal } from './rest.ts'
import type { Stage } from './stage.ts'

const kinds: Readonly<Record<DiskFault, DiskFaultKind>> = {
  none: {
    ownsRelay: false,
    async strike(_stage, forMs, _random, over) {
      await pause(forMs, over)
      return true
    },
  },
  'slow fsync': slowFsync,
  'failing fsync': failingFsync,
  'full disk': fullDisk,
  'damaged entry': damagedEntry,
  'damaged snapshot': damagedSnapshot,
  'older file': olderFile,
}

/** Faults for a while, then peace: everything must be where it belongs. */
export async function playRound(
  stage: Stage,
  round: Round,
  actMs: (person: Person) => number,
): Promise<void> {
  await storm(stage, round, actMs)
  if (stage.signal.aborted) return
  await heal(stage)
  await stage.invite()
  await comeToRest(stage)
  await stage.dismissGuests()
}

/** The disk is struck while people write over bad lines; the relay's process is, too, unless its disk is at that moment. */
async function storm(stage: Stage, round: Round, actMs: (person: Person) => number): Promise<void> {
  const { people } = stage
  const own = stage.random.fork(`round ${round.number}`)
  const { ownsRelay, strike } = kinds[round.disk]
  const everybody = (signal: AbortSignal): Promise<void>[] => [
    ...people.map((person) => live(stage, person, actMs(person), signal)),
    ...people.map((person) => rage(drawStorm(own, networkFaults), person, stage, own.fork('line'), signal)),
    ...people.map((person) => rage(drawStorm(own, tabFaults), person, stage, own.fork('tab'), signal)),
  ]
  const relay = (signal: AbortSignal): Promise<void>[] => [
    rage(drawStorm(own, processFaults, 600), stage.relay, stage, own.fork('relay'), signal),
  ]
  const strikeDisk = async (forMs: number, signal: AbortSignal): Promise<void> => {
    const struck = await strike(stage, forMs, own.fork('disk'), signal)
    if (!signal.aborted) stage.count(`disk: ${round.disk}${struck ? '' : ', not struck'}`)
  }
  await during(stage, everybody, async (signal) => {
    if (!ownsRelay) return during(stage, relay, () => strikeDisk(round.faultsMs, signal))
    await during(stage, relay, () => pause(round.faultsMs / 2, signal))
    if (!signal.aborted) await strikeDisk(round.faultsMs / 2, signal)
  })
}

/** Runs `main` while the others go on; they end with it. What one of them finds ends the run. */
async function during(
  stage: Stage,
  others: (signal: AbortSignal) => readonly Promise<void>[],
  main: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, stage.signal])
  // All of them listen for the end.
  setMaxListeners(0, over.signal, signal)
  const going = others(signal).map((each) => each.catch((error: unknown) => stage.fail(error)))
  try {
    await main(signal)
  } finally {
    over.abort()
    await Promise.all(going)
  }
}

/** Each round has some of the faults, at a rate of its own: a uniform mix hides bugs. */
function drawStorm<T>(random: SeededRandom, all: readonly T[], everyMsMax = 1_500): Storm<T> {
  const faults = all.filter(() => random.chance(0.6))
  return { faults: faults.length > 0 ? faults : [random.pick(all)], everyMs: random.between(200, everyMsMax) }
}
