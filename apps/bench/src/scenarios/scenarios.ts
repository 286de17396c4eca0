import { saturation } from './b1-saturation.ts'
import { typing } from './b2-typing.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: readonly Scenario[] = [saturation, typing]

export function mustGetScenario(id: string): Scenario {
  const scenario = scenarios.find((scenario) => scenario.id === id)
  if (scenario === undefined)
    throw new Error(`no scenario ${id}: ${scenarios.map(({ id }) => id).join(', ')}`)
  return scenario
}
