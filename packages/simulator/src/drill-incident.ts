import type { Tab } from './cast/tab.ts'
import type { LogDiskConditions } from './disk/log-disk.ts'
import { begin } from './drill-steps.ts'
import { calmDisk } from './heal.ts'
import { editVerbs } from './people/edits.ts'
import type { Scene } from './scene.ts'
import type { SeededRandom } from './world/seeded-random.ts'

const tidyingUp = ['erase', 'remove', 'unset']
/** Where everybody builds on what was there last. */
const inOnePlace = ['append', 'set']
const incidents = ['disk full', 'older copy', 'older copy, disk full', 'bit rot'] as const
type Incident = (typeof incidents)[number]

interface Writer {
  readonly name: string
  readonly tab: Tab
  /** Where most meet. */
  readonly place: string
}

/**
 * FAIL1, R3: on a busy day the relay's disk has much to do, and then it is full, has changed some bits, or is replaced
 * by an older copy.
 * Some pages are away meanwhile, or on a slow line. Then the disk is well again, and everything must come to rest by
 * itself: what was refused or lost is given once more. Under faults few are connected when this happens, and whoever
 * writes on mends by that what would else stay broken.
 *
 * Returns when the disk is well again; nobody has come to rest.
 */
export function sufferIncident(scene: Scene, random: SeededRandom): void {
  const { world, disk } = scene
  const kind = random.pick(incidents)
  begin(scene, `incident: ${kind}`)
  const forMs = random.pick([300, 1000, 2000])
  disk.conditions = drawBusyDisk(random)
  const place = random.pick(scene.documents)
  for (const { name, device, tab } of scene.people) {
    const own = random.named(name)
    if (own.chance(0.5)) slowDown(scene, device.name, own)
    if (tab !== null) spendTheDay(scene, { name, tab, place }, forMs, own)
  }
  world.after(random.between(0, forMs), () => befall(scene, kind, forMs, random.named(kind)))
  world.run(world.nowMs + 3 * forMs + random.between(500, 3000))
  disk.heal(calmDisk)
  scene.owner.settle()
  for (const { device } of scene.people) scene.network.heal(device.name)
}

function befall(scene: Scene, kind: Incident, forMs: number, random: SeededRandom): void {
  switch (kind) {
    case 'disk full':
      return fill(scene, random)
    case 'older copy':
      return putOlderCopyBack(scene, forMs, false, random)
    case 'older copy, disk full':
      return putOlderCopyBack(scene, forMs, true, random)
    case 'bit rot':
      for (let left = 1 + random.below(4); left > 0; left--) scene.disk.rot(random)
  }
}

function drawBusyDisk(random: SeededRandom): LogDiskConditions {
  return {
    readMs: random.pick([1, 20, 200]),
    commitMs: random.pick([20, 200, 1000]),
    tailChance: 0,
    tailMs: 0,
  }
}

/** What the kernel takes stays as it is: a socket would seem to have drained, and nobody would hear of it. */
function slowDown({ network }: Scene, host: string, random: SeededRandom): void {
  const { kernelBytes } = network.conditionsOf(host)
  const bytesPerMs = random.pick([0.5, 5])
  const latencyMs = random.pick([50, 300])
  network.setLine(host, { latencyMs, tailChance: 0, tailMs: 0, bytesPerMs, kernelBytes })
}

/** Writes now and then: a word, a line, a script's work of one turn; some are away for a part of the time. */
function spendTheDay(
  { world }: Scene,
  { name, tab, place }: Writer,
  forMs: number,
  random: SeededRandom,
): void {
  if (random.chance(0.4)) {
    tab.client.disconnect()
    world.after(random.between(0, 2 * forMs), () => tab.client.connect())
  }
  const verbs = random.pick([Object.keys(editVerbs), tidyingUp, inOnePlace])
  for (let spell = random.below(4); spell > 0; spell--) {
    const document = tab.documents.has(place) ? place : random.pick([...tab.documents.keys()])
    const atMs = random.between(0, forMs)
    const paceMs = random.pick([0, 20, 60])
    for (let left = random.pick([1, 5, 20]); left > 0; left--) {
      const token = `<incident ${name}${spell}.${left}>`
      const verb = random.pick(verbs)
      world.after(atMs + left * paceMs, () =>
        tab.edit(document, (doc) => editVerbs[verb]?.(doc, random, token), token),
      )
    }
  }
}

/** From the midst of a commit on. */
function fill({ disk }: Scene, random: SeededRandom): void {
  const roomBytes = random.pick([0, 500])
  disk.duringNextCommit(() => {
    disk.roomBytes = roomBytes
  })
}

/** Beside that there may be little room. */
function putOlderCopyBack(scene: Scene, forMs: number, isLow: boolean, random: SeededRandom): void {
  const { world, disk, relay } = scene
  const downMs = random.pick([10, 10, forMs])
  const copy = disk.copy()
  world.after(random.between(0, forMs), () => {
    relay.kill('reset')
    disk.restore(copy)
    if (isLow) fill(scene, random)
    world.after(downMs, () => relay.start())
  })
}
