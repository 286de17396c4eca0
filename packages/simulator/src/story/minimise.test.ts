import { expect, test } from 'vitest'
import { minimise } from './minimise.ts'

const items = Array.from({ length: 100 }, (_, index) => index)

test.each([[[]], [[0]], [[99]], [[3, 50, 51, 98]], [items]])('what is needed is left: %j', async (needed) => {
  const left = await minimise(items, (kept) => Promise.resolve(needed.every((item) => kept.includes(item))))
  expect(left).toEqual(needed)
})

test('of hundred items the two that are needed are found in few tries', async () => {
  let tries = 0
  await minimise(items, (kept) => {
    tries++
    return Promise.resolve(kept.includes(20) && kept.includes(70))
  })
  expect(tries).toBeLessThan(40)
})
