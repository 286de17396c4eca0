import { digest, pendingOf } from '@tidemark/updates'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { seeded } from './testing/seeded.ts'
import { createWorld, type Device, type World } from './testing/world.ts'

const seeds = Number(process.env['FUZZ_SEEDS'] ?? 100)
const firstSeed = Number(process.env['FUZZ_SEED'] ?? 1)

function fingerprint(device: Device | undefined): string {
  return Buffer.from((device && digest(device.document.doc)) ?? []).toString('hex')
}

// No surrogate pairs: Yjs itself diverges when one is cut in two.
const words = ['tide', 'mark', 'ebb', 'flow', ' ', 'é']

type Step = (device: Device, world: World, random: () => number) => void | Promise<void>

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

const edits: readonly Step[] = [
  (device, _, random) => device.type(pick(random, words), Math.floor(random() * (device.text.length + 1))),
  (device, _, random) => device.type(pick(random, words)),
  (device, _, random) => {
    if (device.text.length > 0) device.delete(Math.floor(random() * device.text.length), 1)
  },
  (device, _, random) => void device.document.doc.getMap('m').set(pick(random, ['a', 'b', 'c']), random()),
  (device, _, random) => {
    const array = device.document.doc.getArray('a')
    if (random() < 0.3 && array.length > 0) array.delete(0, 1)
    else array.insert(Math.floor(random() * (array.length + 1)), [new Y.Map([['k', random()]])])
  },
  (device, _, random) => {
    const text = device.document.doc.getText('t')
    if (text.length > 2)
      text.format(0, 1 + Math.floor(random() * (text.length - 1)), { bold: random() < 0.5 || null })
  },
]

const faults: readonly Step[] = [
  (device) => device.network.cut(),
  (device) => device.client.disconnect(),
  (device) => device.client.connect(),
  (device) => device.reload(),
  (device) => device.store.fail(),
  (device) => device.store.mend(),
  (device) => device.environment.tell('hidden'),
  (device) => device.environment.tell('shown'),
  (_, world) => world.restart(),
  (_, world, random) => world.advance(random() * 3000),
]

/** An older copy of the relay's log is put back: the replicas still hold what it lost. */
function createRestore(): Step {
  const copies: World['logStore'][] = []
  return async (_, world, random) => {
    copies.push(world.logStore.copy())
    if (copies.length > 1) await world.restart(pick(random, copies).copy())
  }
}

interface Course {
  readonly faults: readonly Step[]
  /** Stores shared by the devices: several tabs in one browser. */
  readonly isOneBrowser: boolean
}

async function play(seed: number, { faults: steps, isOneBrowser }: Course): Promise<void> {
  const random = seeded(seed)
  const world = createWorld({ seed, delayMs: () => (random() < 0.05 ? random() * 500 : random() * 20) })
  const first = world.device()
  const options = isOneBrowser ? { store: first.store } : {}
  const devices = [first, world.device(options), world.device(options)]
  const faultRate = random() * 0.2
  for (let i = 0; i < 80; i++) {
    const device = pick(random, devices)
    if (random() < faultRate) await pick(random, steps)(device, world, random)
    else await pick(random, edits)(device, world, random)
    if (random() < 0.4) await world.advance(random() * 60)
  }
  for (const device of devices) {
    device.store.mend()
    device.client.connect()
  }
  await world.settle()
  await world.settle()
  const cold = world.device()
  await world.settle()
  for (const device of [...devices, cold]) {
    expect(device.document.status).toMatchObject({
      connection: 'live',
      edits: 'saved',
      error: null,
      behind: 0,
    })
    expect(pendingOf(device.document.doc)).toBe(false)
    expect(device.text).toBe(first.text)
    expect(fingerprint(device)).toBe(fingerprint(first))
  }
  for (const device of devices) {
    device.reload()
    device.client.disconnect()
    await device.document.loaded
    expect(fingerprint(device)).toBe(fingerprint(cold))
    expect((await device.store.load('notes'))?.outbox).toEqual([])
  }
}

const courses: Readonly<Record<string, () => Course>> = {
  'cuts, reloads, crashes and failing stores': () => ({ faults, isOneBrowser: false }),
  'tabs that share a store': () => ({ faults, isOneBrowser: true }),
  'a log that goes back in time': () => ({
    faults: [...faults, createRestore(), createRestore()],
    isOneBrowser: false,
  }),
}

for (const [name, createCourse] of Object.entries(courses)) {
  test(`replicas converge in spite of ${name} (${seeds} seeds)`, { timeout: 120_000 }, async () => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      try {
        await play(seed, createCourse())
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
  })
}
