import { beforeEach, describe, expect, test } from 'vitest'
import type { NetworkConditions } from './conditions.ts'
import { fromMacrotask } from './microtasks.ts'
import { type End, Network } from './network.ts'
import { Process } from './process.ts'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

const calm: NetworkConditions = {
  latencyMs: 5,
  tailChance: 0,
  tailMs: 0,
  bytesPerMs: 1000,
  kernelBytes: 1000,
}

let world: World
let network: Network
let tab: Process
let relay: Process
let heard: string[]
let drained: string[]
let clientEnd: End
let relayEnd: End | null

beforeEach(() => {
  world = new World(new SeededRandom(1), new Trace())
  network = new Network(world, new SeededRandom(2), calm)
  tab = new Process(world, 'tab')
  relay = new Process(world, 'relay')
  heard = []
  drained = []
  relayEnd = null
})

function listener(who: string) {
  return {
    opened: () => heard.push(`${who} opened`),
    received: (frame: Uint8Array) => heard.push(`${who} ${frame.join('.')}`),
    drained: () => void drained.push(who),
    closed: (code: number) => heard.push(`${who} closed ${code}`),
  }
}

function listen(): void {
  network.listen('relay', relay, (end) => {
    relayEnd = end
    return listener('relay')
  })
}

function connect(): void {
  clientEnd = network.connect(tab, 'home', 'relay', '/', listener('tab'))
}

const runMs = (ms: number): Promise<boolean> => fromMacrotask(() => world.run(world.nowMs + ms))
const frame = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)

async function connected(): Promise<void> {
  listen()
  connect()
  await runMs(100)
  heard = []
}

test('nobody listens: the dialler hears of it', async () => {
  connect()
  await runMs(100)
  expect(heard).toEqual(['tab closed 1006'])
})

test('frames arrive in order, as they were when they were sent', async () => {
  listen()
  network.conditions = { ...calm, tailChance: 0.5, tailMs: 50 }
  connect()
  await runMs(1000)
  const reused = frame(0)
  for (let i = 0; i < 5; i++) {
    reused[0] = i
    clientEnd.send(reused)
  }
  reused[0] = 99
  await runMs(10_000)
  expect(heard).toEqual(['tab opened', 'relay 0', 'relay 1', 'relay 2', 'relay 3', 'relay 4'])
})

test('an orderly close comes after what was sent, once to each end', async () => {
  await connected()
  clientEnd.send(frame(1))
  clientEnd.close(4001, 'done')
  clientEnd.send(frame(2))
  await runMs(1000)
  expect(heard.toSorted()).toEqual(['relay 1', 'relay closed 4001', 'tab closed 4001'])
  expect(network.connections()).toEqual([])
})

test('a cut loses the end of what is under way, never the middle', async () => {
  const lengths = new Set<number>()
  for (let round = 0; round < 30; round++) {
    await connected()
    for (let i = 0; i < 4; i++) clientEnd.send(frame(i))
    network.connections()[0]?.cut()
    await runMs(1000)
    const arrived = heard.filter((each) => /^relay \d$/.test(each))
    expect(arrived).toEqual(['relay 0', 'relay 1', 'relay 2', 'relay 3'].slice(0, arrived.length))
    expect(heard).toContain('tab closed 1006')
    expect(heard).toContain('relay closed 1006')
    lengths.add(arrived.length)
  }
  expect(lengths.size).toBeGreaterThan(2)
})

test('an isolated host hears nothing and is not told; what was under way arrives when it is back', async () => {
  await connected()
  const rejoin = network.isolate('home')
  clientEnd.send(frame(1))
  relayEnd?.send(frame(2))
  await runMs(60_000)
  expect(heard).toEqual([])
  rejoin()
  await runMs(100)
  expect(heard.toSorted()).toEqual(['relay 1', 'tab 2'])
})

test('until a close is answered, or given up, what was under way still arrives', async () => {
  await connected()
  network.connections()[0]?.stall('both')
  relayEnd?.send(frame(1))
  clientEnd.close(4001, 'done')
  await runMs(29_000)
  expect(heard).toEqual([])
  network.connections()[0]?.flow()
  await runMs(100)
  expect(heard.toSorted()).toEqual(['relay closed 4001', 'tab 1', 'tab closed 4001'])
})

test('a close that nobody answers is given up', async () => {
  await connected()
  network.connections()[0]?.stall('both')
  clientEnd.close(4001, 'done')
  await runMs(31_000)
  expect(heard).toEqual(['tab closed 4001'])
})

test('half-open: one end closed while nothing moves, the other learns of it when things move again', async () => {
  await connected()
  network.connections()[0]?.stall('up')
  clientEnd.close(1000, '')
  await runMs(60_000)
  expect(heard).toEqual(['tab closed 1000'])
  network.heal('home')
  await runMs(100)
  expect(heard).toEqual(['tab closed 1000', 'relay closed 1000'])
})

test('a close that got lost in a cut is told all the same', async () => {
  for (let round = 0; round < 20; round++) {
    await connected()
    const [connection] = network.connections()
    connection?.stall('up')
    clientEnd.send(frame(1))
    clientEnd.close(4001, '')
    connection?.cut()
    await runMs(100)
    network.heal('home')
    await runMs(100)
    expect(heard.filter((each) => each.startsWith('relay closed'))).toHaveLength(1)
  }
})

describe('the death of a process', () => {
  test('resets its connections', async () => {
    await connected()
    relayEnd?.send(frame(1))
    relay.kill()
    network.processDied(relay, 'reset')
    await runMs(100)
    expect(heard).toEqual(['tab 1', 'tab closed 1006'])
  })

  test('is not noticed when its machine dies with it', async () => {
    await connected()
    relay.kill()
    network.processDied(relay, 'silent')
    await runMs(60_000)
    expect(heard).toEqual([])
  })

  test('in the midst of a handshake is noticed by whoever dials, after a while', async () => {
    listen()
    connect()
    const isAccepted = (): boolean => relayEnd !== null
    for (let ms = 0; ms < 1_000 && !isAccepted(); ms++) await runMs(1)
    expect(isAccepted()).toBe(true)
    relay.kill()
    network.processDied(relay, 'silent')
    await runMs(10_000)
    expect(heard).toEqual([])
    await runMs(20_000)
    expect(heard).toEqual(['tab closed 1006'])
  })
})

test('bytes beyond what the kernel takes are buffered, and each leaving is told', async () => {
  await connected()
  clientEnd.send(new Uint8Array(900))
  expect(clientEnd.bufferedBytes).toBe(0)
  clientEnd.send(new Uint8Array(900))
  clientEnd.send(new Uint8Array(900))
  expect(clientEnd.bufferedBytes).toBe(1700)
  await runMs(1000)
  expect(clientEnd.bufferedBytes).toBe(0)
  expect(drained).toEqual(['tab', 'tab', 'tab'])
})

test('an isolation ends by itself only: another one of the same host goes on', async () => {
  await connected()
  const first = network.isolate('home')
  const second = network.isolate('home', 'up')
  first()
  clientEnd.send(frame(1))
  relayEnd?.send(frame(2))
  await runMs(1000)
  expect(heard).toEqual(['tab 2'])
  second()
  await runMs(100)
  expect(heard).toEqual(['tab 2', 'relay 1'])
})

test('under a one-way isolation a dial comes to nothing, or is answered and nothing follows', async () => {
  listen()
  network.isolate('home', 'down')
  const ends = new Set<string>()
  for (let round = 0; round < 20; round++) {
    heard = []
    connect()
    await runMs(1000)
    const isOpened = heard.includes('tab opened')
    clientEnd.send(frame(1))
    relayEnd?.send(frame(2))
    await runMs(30_000)
    expect(heard).not.toContain('tab 2')
    expect(heard).toContain(isOpened ? 'relay 1' : 'tab closed 1006')
    ends.add(String(isOpened))
    clientEnd.terminate()
    await runMs(100)
  }
  expect(ends.size).toBe(2)
})

test('a connection that was forgotten on the way carries nothing any more, and nobody is told', async () => {
  const ends = new Set<string>()
  for (let round = 0; round < 20; round++) {
    await connected()
    network.isolate('home')
    network.forgetSome('home')
    network.heal('home')
    clientEnd.send(frame(1))
    await runMs(30_000)
    expect(heard).not.toContain('tab closed 1006')
    ends.add(heard.join())
    clientEnd.terminate()
    await runMs(100)
  }
  expect(ends).toEqual(new Set(['', 'relay 1']))
})

test('a process that stands still reads nothing: what was sent to it piles up, and leaves when it wakes', async () => {
  await connected()
  const wake = relay.pause()
  for (let i = 0; i < 4; i++) clientEnd.send(new Uint8Array(500))
  await runMs(1000)
  expect(clientEnd.bufferedBytes).toBe(4 * 500 - calm.kernelBytes)
  expect(drained).toEqual([])
  wake()
  await runMs(100)
  expect(clientEnd.bufferedBytes).toBe(0)
  expect(drained).toEqual(['tab', 'tab', 'tab', 'tab'])
})
