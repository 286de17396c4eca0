import { expect, test } from 'vitest'
import { herdDeadlineMs as deadlineMs, runHerd } from './herd.ts'

test('[L5] a thousand sessions that lose their relay at once are back, and save, soon after it is', {
  timeout: 3 * deadlineMs,
}, async () => {
  const { liveAgainMs, savedMs } = await runHerd({ sessions: 1_000, documents: 100, deadlineMs })
  expect(liveAgainMs + savedMs).toBeLessThan(deadlineMs)
})
