import { expect, test } from 'vitest'
import { Lanes } from './lanes.ts'

function work(): { run: () => Promise<string>; end: () => void; fail: () => void; begun: boolean } {
  const piece = { begun: false, end: () => {}, fail: () => {}, run: () => promise }
  const promise = new Promise<string>((resolve, reject) => {
    piece.end = () => resolve('done')
    piece.fail = () => reject(new Error('failed'))
  })
  piece.run = () => {
    piece.begun = true
    return promise
  }
  return piece
}

test('as many run as there are lanes, the next begins when one ends, also when it failed', async () => {
  const lanes = new Lanes(2)
  const pieces = [work(), work(), work(), work()] as const
  const results = pieces.map((piece) => lanes.run(piece.run).catch(String))
  const begun = (): boolean[] => pieces.map((piece) => piece.begun)
  expect(begun()).toEqual([true, true, false, false])
  pieces[1].fail()
  await results[1]
  await Promise.resolve()
  expect(begun()).toEqual([true, true, true, false])
  for (const piece of pieces) piece.end()
  expect(await Promise.all(results)).toEqual(['done', 'Error: failed', 'done', 'done'])
})
