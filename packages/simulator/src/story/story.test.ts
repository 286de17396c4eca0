import { expect, test } from 'vitest'
import { simulate } from '../simulation.ts'
import { type Mask, parseNamed } from './mask.ts'
import type { Happening } from './story.ts'

const without = (text: string): Mask => ({ kind: 'without', named: parseNamed(text), faultsMs: null })
const named = ({ source, ordinal, timeMs }: Happening): string => `${timeMs} ${source}#${ordinal}`

test('what is left out leaves the times of everything else as they were', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { story, faultsMs } = await simulate(seed)
    // Before anything is healed: what happens later depends on when the healed ones have come to rest.
    const first = story.filter(({ timeMs }) => timeMs < faultsMs)
    const left = (await simulate(seed, { mask: without('a#2-4, b') })).story
    const isMasked = ({ source, ordinal }: Happening): boolean =>
      source === 'b' || (source === 'a' && ordinal >= 2 && ordinal <= 4)
    expect(left.filter(({ timeMs }) => timeMs < faultsMs).map(named)).toEqual(
      first.filter((happening) => !isMasked(happening)).map(named),
    )
  }
})

test('a run with nothing left out is the seed itself', async () => {
  const { hash, sources } = await simulate(3)
  const all: Mask = {
    kind: 'only',
    named: parseNamed([...sources.fixed, ...sources.acting].join(',')),
    faultsMs: null,
  }
  expect((await simulate(3, { mask: all })).hash).toBe(hash)
})

test('the first phase can be ended earlier', async () => {
  // Everybody is healed at once: nobody goes on acting outside the core, but for strangers, who never stop.
  const simulated = await simulate(3, { mask: { ...without('core'), faultsMs: 500 } })
  const story = simulated.story.filter(({ source }) => !source.startsWith('stranger'))
  expect(story.filter(({ timeMs }) => timeMs > 400).length).toBeGreaterThan(0)
  expect(story.filter(({ timeMs }) => timeMs > 500)).toEqual([])
})
