import { craftText, craftUpdate } from '@tidemark/updates/testing'
import { expect, test } from 'vitest'
import type { LogWitness } from '../disk/log-witness.ts'
import type { Scene } from '../scene.ts'
import { createIdentity } from './identity.ts'

const lineage = '0'.repeat(32)
const updateOf = (where: Parameters<typeof craftText>[1]): Uint8Array =>
  craftUpdate([{ client: 1, clock: 4, structs: [craftText('text', where)] }])

/** Shows the checker one append after the other, of one principal and one history. */
function appendAll(updates: readonly Uint8Array[]): void {
  let witness: LogWitness = {}
  const watch = (own: LogWitness): void => void (witness = own)
  createIdentity({ disk: { watch }, log: { lossesOf: () => 1 }, strangers: [] } as unknown as Scene)
  for (const [after, update] of updates.entries())
    witness.appended?.(
      'notes',
      { lineage, after, entries: [{ update, author: 'ann', timeMs: 1 }] },
      {} as never,
    )
}

test('[S11] the same clocks and the same content at another place are another edit', () => {
  const [one, other] = [updateOf({ origin: [2, 0] }), updateOf({ origin: [2, 1] })]
  expect(() => appendAll([one, one])).not.toThrow()
  expect(() => appendAll([one, other])).toThrow(/clock 4 of client 1 stood at/)
})

test('[S11] what was cut off before a clock says nothing about its place', () => {
  const whole = craftUpdate([{ client: 1, clock: 0, structs: [craftText('the text', { parent: 'text' })] }])
  const rest = updateOf({ origin: [1, 3] })
  expect(() => appendAll([whole, rest, whole])).not.toThrow()
})
