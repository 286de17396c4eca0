import { saturation } from './b1-saturation.ts'
import { typing } from './b2-typing.ts'
import { joinStorm } from './b3-join-storm.ts'
import { herd } from './b4-herd.ts'
import { coldOpen } from './b5-cold-open.ts'
import { memory } from './b6-memory.ts'
import { stalledReader } from './b7-stalled-reader.ts'
import { killed } from './b8-kill.ts'
import { presence } from './b9-presence.ts'
import { ackLatency } from './b10-ack.ts'
import { browser } from './b11-browser.ts'
import { bundle } from './b12-bundle.ts'
import { disk } from './b13-disk.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: readonly Scenario[] = [
  saturation,
  typing,
  joinStorm,
  herd,
  coldOpen,
  memory,
  stalledReader,
  killed,
  presence,
  ackLatency,
  browser,
  bundle,
  disk,
]

export function mustGetScenario(id: string): Scenario {
  const scenario = scenarios.find((scenario) => scenario.id === id)
  if (scenario === undefined)
    throw new Error(`no scenario ${id}: ${scenarios.map(({ id }) => id).join(', ')}`)
  return scenario
}
