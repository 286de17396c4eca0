import { expect, test } from 'vitest'
import { replay } from './replay.ts'
import { formatReport } from './report.ts'

// Recorded where TIDEMARK_TRACES names the folder, generated of the same shape and size elsewhere.
test.each([
  ['automerge-paper', 259_778],
  ['friendsforever', 26_078],
] as const)(
  '[FAN1] [C1] %s, all %d edits: every replica and a cold reload hold exactly the recorded end',
  { timeout: 240_000 },
  async (trace, edits) => {
    const report = await replay({ trace })
    console.log(formatReport(trace, report))
    expect(report.edits).toBe(edits)
    expect(report.logEntries).toBeGreaterThan(0)
  },
)
