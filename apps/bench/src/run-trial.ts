import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figures, Scenario } from './scenarios/scenario.ts'
import type { System } from './systems/system.ts'

export interface TrialName {
  readonly scenario: Scenario
  readonly case: string
  readonly system: System
  readonly small: boolean
}

/** Once, in this process, with a folder that is gone afterwards. */
export async function runTrial({ scenario, case: id, system, small }: TrialName): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'))
  try {
    return await scenario.run({ system, case: id, small, folder })
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
