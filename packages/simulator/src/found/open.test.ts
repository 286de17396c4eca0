import { expect, test } from 'vitest'
import { beyondOpen } from './open.ts'

const open = [{ seed: 7, property: 'L1', what: 'it is late' }]
const seeds = { first: 1, count: 10 }

test('a violation that is known to be open is expected, and no other', () => {
  const failures = [
    { seed: 7, property: 'L1' },
    { seed: 8, property: 'L1' },
  ]
  expect(beyondOpen(seeds, failures, open)).toEqual({ unexpected: [8], mended: [] })
  expect(beyondOpen(seeds, [{ seed: 7, property: 'S2' }], open)).toEqual({ unexpected: [7], mended: open })
})

test('an open violation that holds by now is told, where its seed has run', () => {
  expect(beyondOpen(seeds, [], open)).toEqual({ unexpected: [], mended: open })
  expect(beyondOpen({ first: 8, count: 10 }, [], open)).toEqual({ unexpected: [], mended: [] })
})
