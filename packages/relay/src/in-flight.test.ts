import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { InFlight, inFlightItemBytes } from './in-flight.ts'

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

const update = (length: number): Uint8Array => new Uint8Array(length)

function batches(inFlight: InFlight<string>): (number | string)[] {
  const taken: (number | string)[] = []
  for (let item = inFlight.shift(); item; item = inFlight.shift())
    taken.push(item.kind === 'wait' ? 'wait' : item.batch)
  return taken
}

test('[R1] items leave in the order in which they came, whatever the order of the answers', () => {
  const inFlight = new InFlight<string>(4)
  const [one, two, three] = [1, 2, 3].map((batch) => inFlight.append('a', batch, update(10)))
  expect([one?.seq, two?.seq, three?.seq]).toEqual([5, 6, 7])
  inFlight.committed(three as never, 'c3')
  inFlight.committed(two as never, 'c2')
  expect(batches(inFlight)).toEqual([])
  inFlight.committed(one as never, 'c1')
  expect(batches(inFlight)).toEqual([1, 2, 3])
  expect([inFlight.isEmpty, inFlight.bytes, inFlight.appends, inFlight.predictedHead]).toEqual([
    true,
    0,
    0,
    7,
  ])
})

test('[R5] what adds nothing waits for all before it, and for nothing else', () => {
  const inFlight = new InFlight<string>(0)
  inFlight.repeat('a', 1)
  expect(batches(inFlight)).toEqual([1])
  const append = inFlight.append('a', 2, update(1))
  inFlight.repeat('b', 1)
  inFlight.wait(() => {})
  const later = inFlight.append('a', 3, update(1))
  expect(batches(inFlight)).toEqual([])
  inFlight.committed(append, 'c')
  expect(batches(inFlight)).toEqual([2, 1, 'wait'])
  inFlight.committed(later, 'c')
  expect(batches(inFlight)).toEqual([3])
})

test('bytes count until the item leaves', () => {
  const inFlight = new InFlight<string>(0)
  const one = inFlight.append('a', 1, update(10))
  const two = inFlight.append('a', 2, update(20))
  inFlight.committed(two, 'c')
  expect([inFlight.bytes, inFlight.appends]).toEqual([30 + 2 * inFlightItemBytes, 1])
  inFlight.committed(one, 'c')
  inFlight.shift()
  expect(inFlight.bytes).toBe(20 + inFlightItemBytes)
})

test('[LIM1] what adds nothing counts as well, until it leaves', () => {
  const inFlight = new InFlight<string>(0)
  const append = inFlight.append('a', 1, update(1))
  for (let batch = 2; batch < 102; batch++) inFlight.repeat('a', batch)
  expect(inFlight.bytes).toBe(1 + 101 * inFlightItemBytes)
  inFlight.committed(append, 'c')
  expect([batches(inFlight).length, inFlight.bytes]).toEqual([101, 0])
})

test('[LIM1] what has left is not kept, however long there is always something behind it', async () => {
  const inFlight = new InFlight<object>(0)
  const authors: WeakRef<object>[] = []
  let before = inFlight.append({}, 0, update(1))
  for (let batch = 1; batch < 1_000; batch++) {
    const author = {}
    authors.push(new WeakRef(author))
    const next = inFlight.append(author, batch, update(1))
    inFlight.committed(before, 'c')
    inFlight.shift()
    before = next
  }
  // What a WeakRef was made of lives until the end of the task.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect([inFlight.appends, authors.filter((author) => author.deref() !== undefined).length < 10]).toEqual([
    1,
    true,
  ])
})

test('what is dropped is gone, and its answers still count', () => {
  const inFlight = new InFlight<string>(0)
  inFlight.append('a', 1, update(10))
  const two = inFlight.append('a', 2, update(10))
  inFlight.repeat('b', 7)
  inFlight.failed(1)
  expect(inFlight.drop().length).toBe(3)
  expect([inFlight.isEmpty, inFlight.bytes, inFlight.appends]).toEqual([true, 0, 1])
  inFlight.committed(two, 'c')
  expect([inFlight.appends, inFlight.shift()]).toEqual([0, null])
})
