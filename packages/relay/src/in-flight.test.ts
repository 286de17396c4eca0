import { expect, test } from 'vitest'
import { InFlight } from './in-flight.ts'

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
  expect([inFlight.bytes, inFlight.appends]).toEqual([30, 1])
  inFlight.committed(one, 'c')
  inFlight.shift()
  expect(inFlight.bytes).toBe(20)
})

test('what is dropped is gone, and its answers still count', () => {
  const inFlight = new InFlight<string>(0)
  inFlight.append('a', 1, update(10))
  const two = inFlight.append('a', 2, update(10))
  inFlight.repeat('b', 7)
  inFlight.failed()
  expect(inFlight.drop().length).toBe(3)
  expect([inFlight.isEmpty, inFlight.bytes, inFlight.appends]).toEqual([true, 0, 1])
  inFlight.committed(two, 'c')
  expect([inFlight.appends, inFlight.shift()]).toEqual([0, null])
})
