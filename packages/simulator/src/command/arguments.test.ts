import { expect, test } from 'vitest'
import { parseCommand } from './arguments.ts'

test('without a seed many are run, so many or for so long', () => {
  expect(parseCommand([])).toMatchObject({
    kind: 'campaign',
    firstSeed: 1,
    seeds: 200,
    minutes: null,
    jobs: 1,
  })
  expect(parseCommand(['--minutes', '10'])).toMatchObject({ seeds: null, minutes: 10, shrinks: true })
})

test('a seed may be run in part', () => {
  expect(parseCommand(['--seed', '7', '--only', 'd1, cut#2', '--until', '900'])).toMatchObject({
    kind: 'seed',
    seed: 7,
    mask: { kind: 'only', faultsMs: 900 },
    trace: null,
  })
  expect(parseCommand(['--seed', '7', '--trace', '--actor', 'a.1, relay'])).toMatchObject({
    mask: { kind: 'without', named: new Map(), faultsMs: null },
    trace: { actors: ['a.1', 'relay'], all: false },
  })
})

test.each([
  [['--seeds', 'many'], /takes a number/],
  [['--seed', ''], /takes a number/],
  [['--nonsense'], /Unknown option/],
  [['--seed', '1', '--only', 'a', '--without', 'b'], /not both/],
  [['--only', 'a'], /wants one seed/],
  [['--seed', '1', '--minutes', '2'], /for many seeds/],
  [['--seed', '1', '--only', '#'], /no source/],
])('%j is refused', (args, message) => {
  expect(() => parseCommand(args)).toThrow(message)
})
