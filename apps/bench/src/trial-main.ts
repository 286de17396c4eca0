import process from 'node:process'
import { runTrial } from './run-trial.ts'
import { mustGetScenario } from './scenarios/scenarios.ts'
import { mustGetSystem } from './systems/systems.ts'
import type { TrialReply, TrialRequest } from './trial-process.ts'

// One trial, for `runInProcess`: the request is the argument, the reply goes to the parent.

// The bench was ended, or has waited for long enough.
process.on('disconnect', () => process.exit(1))

const request = JSON.parse(process.argv[2] ?? '') as TrialRequest
const reply = await run().catch((error: Error): TrialReply => ({ error: error.stack ?? error.message }))
process.send?.(reply, () => process.exit(0))

async function run(): Promise<TrialReply> {
  const { case: id, small } = request
  const scenario = mustGetScenario(request.scenario)
  return { figures: await runTrial({ scenario, case: id, system: mustGetSystem(request.system), small }) }
}
