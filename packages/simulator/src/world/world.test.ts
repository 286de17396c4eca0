import { beforeEach, describe, expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { fromMacrotask } from './microtasks.ts'
import { Process } from './process.ts'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

let world: World
let seen: string[]

beforeEach(() => {
  world = new World(new SeededRandom(1), new Trace())
  seen = []
})

/** Runs the world to its end, from a macrotask as worlds do. */
const finish = (): Promise<boolean> => fromMacrotask(() => world.run(1e9))

function say(what: string): () => void {
  return () => {
    seen.push(what)
  }
}

test('events run in the order of their times, whatever the order in which they were planned', async () => {
  const random = new SeededRandom(7)
  const queue = new EventQueue()
  for (let order = 0; order < 500; order++) {
    queue.push({
      timeMs: random.below(50),
      tie: random.below(3),
      order,
      cancelled: random.chance(0.2),
      run() {},
    })
  }
  let last = { timeMs: -1, tie: -1, order: -1 }
  for (let event = queue.pop(); event; event = queue.pop()) {
    expect(event.cancelled).toBe(false)
    const key = (each: typeof last): number => (each.timeMs * 10 + each.tie) * 1000 + each.order
    expect(key(event)).toBeGreaterThan(key(last))
    last = event
  }
})

test('all that promises had waiting is done before the next event', async () => {
  const awaitTwice = async (): Promise<void> => {
    await Promise.resolve()
    await Promise.resolve().then(() => Promise.resolve())
    seen.push('first')
  }
  world.after(1, () => void awaitTwice())
  world.after(1.0001, say('second'))
  await finish()
  expect(seen).toEqual(['first', 'second'])
})

test('the tie between events of one time is broken by the seed', async () => {
  const orders = new Set<string>()
  for (let seed = 0; seed < 40; seed++) {
    world = new World(new SeededRandom(seed), new Trace())
    seen = []
    for (const name of ['a', 'b', 'c']) world.after(5, say(name))
    await finish()
    orders.add(seen.join(''))
  }
  expect(orders.size).toBe(6)
})

describe('a process', () => {
  test('that is dead runs nothing more', async () => {
    const process = new Process(world, 'relay')
    process.clock.after(10, say('timer'))
    process.clock.turn(say('turn'))
    process.kill()
    await finish()
    expect(seen).toEqual([])
  })

  test('that is paused gets everything on waking, in order, and later things after it', async () => {
    const process = new Process(world, 'tab')
    process.after(1, 'x', say('a'))
    process.after(2, 'x', say('b'))
    const cancel = process.after(3, 'x', say('never'))
    process.pause()
    world.after(10, () => {
      cancel()
      process.resume()
      process.enter(say('c'))
    })
    await finish()
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('that pauses again while waking keeps the rest for the next time', async () => {
    const process = new Process(world, 'tab')
    process.pause()
    process.enter(() => {
      seen.push('a')
      process.pause()
    })
    process.enter(say('b'))
    process.resume()
    await finish()
    expect(seen).toEqual(['a'])
    process.resume()
    await finish()
    expect(seen).toEqual(['a', 'b'])
  })

  test('that is paused twice stands still until both pauses are over', async () => {
    const process = new Process(world, 'tab')
    const first = process.pause()
    const second = process.pause()
    process.enter(say('a'))
    first()
    await finish()
    expect(seen).toEqual([])
    second()
    await finish()
    expect(seen).toEqual(['a'])
  })

  test('ends a turn once for all that asked for it, in their order', async () => {
    const process = new Process(world, 'relay', () => 0.1)
    process.clock.turn(say('a'))
    world.after(0.05, () => process.clock.turn(say('b')))
    world.after(0.2, () => process.clock.turn(say('c')))
    await finish()
    expect(seen).toEqual(['a', 'b', 'c'])
  })
})

test('two traces are equal exactly when all that was recorded is', () => {
  const record = (detail: number): string => {
    const trace = new Trace({ keep: 2 })
    for (let i = 0; i < 10; i++) trace.record(i, 'a', 'b', i === 3 ? detail : 0)
    return trace.hash
  }
  expect(record(1)).toBe(record(1))
  expect(record(1)).not.toBe(record(2))
})
