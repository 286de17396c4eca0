import { createMemoryLog } from '@tidemark/log'
import { createInlineReplayer, createRelay, relayLimitsDefault } from '@tidemark/relay'
import { expect, it } from 'vitest'
import { relayLimits } from './limits.ts'
import { readSettings } from './settings.ts'

function limitsOf(...args: string[]) {
  const read = readSettings(args, {})
  if (read.kind !== 'settings') throw new Error(JSON.stringify(read))
  return relayLimits(read.settings)
}

it.each([
  [[]],
  [
    [
      '--update-bytes-max',
      '32768',
      '--buffered-bytes-max',
      '1',
      '--sessions-max',
      '1',
      '--presence-bytes-max',
      '1',
    ],
  ],
  [['--update-bytes-max', '33554432', '--buffered-bytes-max', '67108864', '--sessions-max', '65536']],
  [['--presence-bytes-max', '65536', '--idle-ms-max', '3600000']],
  [['--idle-ms-max', '1000', '--authorize-timeout-ms', '60000']],
])('[LIM1] what can be set at the edges makes a relay: %j', async (args) => {
  const limits = limitsOf(...args)
  await createRelay({ log: createMemoryLog(), replayer: createInlineReplayer(), limits }).close()
})

it('are the defaults unless something is set', () => {
  expect({ ...relayLimitsDefault, ...limitsOf() }).toEqual(relayLimitsDefault)
})
